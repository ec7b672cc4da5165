#include "case.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MICROSECONDS 1000000

static void skip(Case *found, const char *what, const char *value) {
    if (found->skip[0] != '\0') return;
    snprintf(found->skip, sizeof found->skip, "asks for %s%s%s", what, *value ? " " : "", value);
}

static const char *shown(const Json *json) {
    static const char *const words[] = {"null", "false", "true"};
    if (json == NULL) return "";
    if (json->kind <= JSON_TRUE) return words[json->kind];
    return json->text != NULL ? json->text : "";
}

/* Every key that this engine does not know is something it would silently not do. */
static void only(Case *found, const Json *object, const char *const *known) {
    for (const Json *member = object == NULL ? NULL : object->first; member != NULL; member = member->next) {
        const char *const *name = known;
        while (*name != NULL && strcmp(*name, member->key) != 0) name++;
        if (*name == NULL && member->kind != JSON_NULL) skip(found, member->key, shown(member));
    }
}

static double number(Case *found, const Json *object, const char *key, double otherwise) {
    const Json *json = json_get(object, key);
    double value = otherwise;
    if (json != NULL && !json_number(json, &value)) skip(found, key, shown(json));
    return value;
}

/* A setting with one value that this engine has. */
static void must_be(Case *found, const Json *object, const char *key, const char *value) {
    const Json *json = json_get(object, key);
    if (json != NULL && !json_is_text(json, value)) skip(found, key, shown(json));
}

static void must_be_zero(Case *found, const Json *object, const char *key) {
    if (number(found, object, key, 0.0) != 0.0) skip(found, key, shown(json_get(object, key)));
}

/* A setting with two values; true where it is the first. */
static bool either(Case *found, const Json *object, const char *key, const char *first, const char *second) {
    const Json *json = json_get(object, key);
    if (json_is_text(json, first)) return true;
    if (json != NULL && !json_is_text(json, second)) skip(found, key, shown(json));
    return false;
}

static bool flag(Case *found, const Json *object, const char *key) {
    const Json *json = json_get(object, key);
    if (json != NULL && json->kind != JSON_TRUE && json->kind != JSON_FALSE) skip(found, key, shown(json));
    return json != NULL && json->kind == JSON_TRUE;
}

static int limit(Case *found, const Json *policy, const char *key) {
    return json_get(policy, key) == NULL ? INT_MAX : (int)number(found, policy, key, 0.0);
}

static void read_policy(Case *found, const Json *policy) {
    static const char *const known[] = {
        "preset", "market_fill", "intrabar", "gap_fill", "on_marketable", "on_crossed", "below_min", "close_at_end",
        "max_positions", "max_positions_symbol", "limit_through_pips", "exit_buffer_pips", NULL};
    Settings *set = &found->settings;
    only(found, policy, known);
    must_be(found, policy, "preset", "canonical");
    must_be(found, policy, "intrabar", "worst");
    must_be(found, policy, "gap_fill", "open");
    must_be(found, policy, "on_crossed", "warn");
    must_be_zero(found, policy, "limit_through_pips");
    must_be_zero(found, policy, "exit_buffer_pips");
    set->next_open = either(found, policy, "market_fill", "next_open", "close");
    set->reject_marketable = either(found, policy, "on_marketable", "reject", "fill");
    set->clamp = either(found, policy, "below_min", "clamp", "reject");
    set->close_at_end = flag(found, policy, "close_at_end");
    set->max_positions = limit(found, policy, "max_positions");
    /* Of one symbol the two limits are one. */
    int of_symbol = limit(found, policy, "max_positions_symbol");
    if (of_symbol < set->max_positions) set->max_positions = of_symbol;
}

static void read_spec(Case *found, const Json *spec, const Json *symbol) {
    static const char *const known[] = {
        "symbol", "pip_size", "digits", "contract_size", "volume_min", "volume_step", "volume_max",
        "tick_size", "tick_value", "min_stop_distance", NULL};
    const Json *named = json_get(spec, "symbol");
    Settings *set = &found->settings;
    if (spec == NULL) skip(found, "a symbol without a specification", "");
    only(found, spec, known);
    if (named != NULL && !json_is_text(symbol, shown(named))) skip(found, "the specification of another symbol", "");
    set->pip_size = number(found, spec, "pip_size", 0.0001);
    set->digits = (int)number(found, spec, "digits", -1.0);
    set->volume_min = number(found, spec, "volume_min", 0.01);
    set->volume_step = number(found, spec, "volume_step", 0.01);
    set->volume_max = number(found, spec, "volume_max", 100.0);
    set->min_stop_distance = number(found, spec, "min_stop_distance", 0.0);
    set->unit_value = number(found, spec, "contract_size", 100000.0);
    if (json_get(spec, "tick_size") != NULL || json_get(spec, "tick_value") != NULL)
        set->unit_value = number(found, spec, "tick_value", NAN) / number(found, spec, "tick_size", NAN);
}

static void read_settings(Case *found, const Json *config) {
    static const char *const known[] = {
        "symbol", "timeframe", "initial_balance", "start_bar", "strict", "spec", "policy", "sizing",
        "slippage_pips", "seed", "fees", "risk_per_trade", NULL};
    static const char *const sizings[] = {"fixed_lots", "risk_amount", "risk_fraction"};
    static const char *const charges[] = {"per_lot", "per_million", "percent", "minimum", NULL};
    Settings *set = &found->settings;
    const Json *sizing = json_get(config, "sizing"), *fees = json_get(config, "fees");
    only(found, config, known);
    read_policy(found, json_get(config, "policy"));
    read_spec(found, json_get(config, "spec"), json_get(config, "symbol"));
    if (flag(found, config, "strict")) skip(found, "strict", "");
    set->initial_balance = number(found, config, "initial_balance", 10000.0);
    set->start_bar = (int)number(found, config, "start_bar", -1.0);
    set->slippage_pips = number(found, config, "slippage_pips", 0.0);
    for (int kind = FIXED_LOTS; kind <= RISK_FRACTION; kind++) {
        if (json_get(sizing, sizings[kind]) == NULL) continue;
        set->sizing = (Sizing)kind;
        set->sized_by = number(found, sizing, sizings[kind], 0.0);
    }
    only(found, fees, charges);
    set->fee_per_lot = number(found, fees, "per_lot", 0.0);
    set->fee_per_million = number(found, fees, "per_million", 0.0);
    set->fee_percent = number(found, fees, "percent", 0.0);
    set->fee_minimum = number(found, fees, "minimum", 0.0);
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int year, int month, int day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* 2024-01-02T00:00:00Z, with a fraction and with another zone where there is one. */
static bool read_time(const Json *json, int64_t *time_us) {
    static const char form[] = "%4d-%2d-%2dT%2d:%2d:%2d%n";
    int year, month, day, hour, minute, second, read = 0;
    if (json == NULL || json->kind != JSON_TEXT) return false;
    if (sscanf(json->text, form, &year, &month, &day, &hour, &minute, &second, &read) != 6) return false;
    const char *rest = json->text + read;
    int64_t fraction = 0, unit = MICROSECONDS;
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++) fraction += (*rest - '0') * (unit /= 10);
    int zone_hour = 0, zone_minute = 0;
    if (strcmp(rest, "Z") != 0 && sscanf(rest, "%3d:%2d", &zone_hour, &zone_minute) != 2) return false;
    int64_t zone = zone_hour * 60 + (*rest == '-' ? -zone_minute : zone_minute);
    int64_t minutes = (days_of(year, month, day) * 24 + hour) * 60 + minute - zone;
    *time_us = (minutes * 60 + second) * MICROSECONDS + fraction;
    return true;
}

static void read_bars(Case *found, const Json *bars) {
    if (bars == NULL || bars->kind != JSON_LIST) {
        skip(found, "bars that are no list", "");
        return;
    }
    found->bars = calloc(json_length(bars) + 1, sizeof *found->bars);
    if (found->bars == NULL) abort();
    for (const Json *row = bars->first; row != NULL; row = row->next) {
        Bar *bar = &found->bars[found->bar_count++];
        Candle *bid = &bar->bid, *ask = &bar->ask;
        double *prices[] = {&bid->open, &bid->high, &bid->low, &bid->close,
                            &ask->open, &ask->high, &ask->low, &ask->close};
        if (json_length(row) != 9 || !read_time(row->first, &bar->time_us)) {
            skip(found, "a bar of another form", shown(row->first));
            return;
        }
        const Json *price = row->first;
        for (int i = 0; i < 8; i++) {
            price = price->next;
            if (!json_number(price, prices[i])) skip(found, "a price that is no number:", shown(price));
        }
    }
}

static Level read_level(Case *found, const Json *signal, const char *key) {
    Level level = {json_get(signal, key) != NULL, 0.0};
    if (level.there) level.price = number(found, signal, key, 0.0);
    return level;
}

static void read_signals(Case *found, const Json *signals, const Json *symbol) {
    static const char *const known[] = {
        "bar", "direction", "type", "entry", "sl", "tp", "symbol", "reason", "tags", "scenario", NULL};
    found->signals = calloc(json_length(signals) + 1, sizeof *found->signals);
    if (found->signals == NULL) abort();
    for (const Json *json = signals == NULL ? NULL : signals->first; json != NULL; json = json->next) {
        Signal signal = {.bar = (int)number(found, json, "bar", 0.0)};
        const Json *direction = json_get(json, "direction"), *type = json_get(json, "type");
        const Json *named = json_get(json, "symbol");
        bool is_long = json_is_text(direction, "long") || json_is_text(direction, "buy");
        bool is_short = json_is_text(direction, "short") || json_is_text(direction, "sell");
        bool waits = json_is_text(type, "limit") || json_is_text(type, "stop");
        only(found, json, known);
        if (!is_long && !is_short) skip(found, "direction", shown(direction));
        if (type != NULL && !waits && !json_is_text(type, "market")) skip(found, "type", shown(type));
        if (named != NULL && !json_is_text(symbol, shown(named))) skip(found, "another symbol:", shown(named));
        signal.sign = is_long ? 1.0 : -1.0;
        signal.type = json_is_text(type, "limit") ? LIMIT : json_is_text(type, "stop") ? STOP : MARKET;
        signal.entry = read_level(found, json, "entry");
        signal.stop = read_level(found, json, "sl");
        signal.target = read_level(found, json, "tp");
        if (signal.type != MARKET && !signal.entry.there) skip(found, "a waiting order without an entry", "");
        /* In order of their bars; those of one bar stay as they are. */
        int place = found->signal_count++;
        for (; place > 0 && found->signals[place - 1].bar > signal.bar; place--)
            found->signals[place] = found->signals[place - 1];
        found->signals[place] = signal;
    }
}

Case case_read(const Json *json) {
    static const char *const known[] = {"id", "kind", "rule", "config", "bars", "signals", "commands", NULL};
    Case found = {0};
    const Json *config = json_get(json, "config");
    only(&found, json, known);
    must_be(&found, json, "kind", "run");
    if (json_length(json_get(json, "commands")) > 0) skip(&found, "commands", "");
    read_settings(&found, config);
    read_bars(&found, json_get(json, "bars"));
    read_signals(&found, json_get(json, "signals"), json_get(config, "symbol"));
    return found;
}

void case_free(Case *found) {
    free(found->bars);
    free(found->signals);
}
