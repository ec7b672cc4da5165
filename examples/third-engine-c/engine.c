#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "arithmetic.h"

#define LOT_UNIT 100000000.0

typedef struct {
    const Settings *set;
    const Bar *bar; /* the current one */
    int index;      /* its number */
    Run run;
    double cash, equity, max_equity;
} Engine;

typedef struct {
    const char *rule, *reason;
    double raw;
    bool slips, tie;
} Exit;

/* T3: longs open on the ask and close on the bid; shorts the other way round. */
static const Candle *opening(const Engine *engine, double sign) {
    return sign > 0.0 ? &engine->bar->ask : &engine->bar->bid;
}
static const Candle *closing(const Engine *engine, double sign) { return opening(engine, -sign); }

static double slipped(const Engine *engine, double raw, double direction) {
    double slip = engine->set->slippage_pips * engine->set->pip_size;
    int digits = engine->set->digits;
    if (slip == 0.0) return raw;
    double price = direction > 0.0 ? raw + slip : raw - slip;
    return digits < 0 ? price : snap_adverse(price, digits, direction > 0.0);
}

/* P4.fee */
static double fee_of(const Settings *set, double lots, double price) {
    double notional = (lots * set->unit_value) * price;
    double by_lot = set->fee_per_lot * lots;
    double by_million = (notional / 1e6) * set->fee_per_million;
    double by_percent = (notional * set->fee_percent) / 100.0;
    return larger((by_lot + by_million) + by_percent, set->fee_minimum) + 0.0;
}

/* P2.result */
static double gain(const Settings *set, const Order *order, double price) {
    return ((((price - order->entry_price) * order->sign) * order->size) * set->unit_value) + 0.0;
}

static void book_fee(Engine *engine, const Order *order, double amount, bool at_exit) {
    if (amount == 0.0) return;
    engine->cash = engine->cash - amount;
    engine->run.fees[engine->run.fee_count++] = (Fee){engine->index, order->id, at_exit, amount};
}

static void fill(Engine *engine, Order *order, double raw, bool slips, Place at, const char *rule) {
    order->status = OPEN;
    order->at = at;
    order->filled_bar = engine->index;
    order->entry_price = slips ? slipped(engine, raw, order->sign) : raw;
    order->entry_rule = rule;
    order->entry_fee = fee_of(engine->set, order->size, order->entry_price);
    engine->run.filled[engine->run.filled_count++] = order->id - 1;
    book_fee(engine, order, order->entry_fee, false);
}

static void leave(Engine *engine, Order *order, Exit exit) {
    order->status = CLOSED;
    order->exit_bar = engine->index;
    order->exit_price = exit.slips ? slipped(engine, exit.raw, -order->sign) : exit.raw;
    order->exit_rule = exit.rule;
    order->reason = exit.reason;
    order->ambiguous = order->ambiguous || exit.tie;
    order->exit_fee = fee_of(engine->set, order->size, order->exit_price);
    order->result = gain(engine->set, order, order->exit_price);
    engine->run.closed[engine->run.closed_count++] = order->id - 1;
    /* P3: the fee leaves cash first, then the result enters. */
    book_fee(engine, order, order->exit_fee, true);
    engine->cash = engine->cash + order->result;
}

/* Whether a price has reached a level, on the losing side of a position and on the winning one. */
static bool is_below(double price, double level, double sign) {
    return sign > 0.0 ? price <= level : price >= level;
}
static bool is_above(double price, double level, double sign) { return is_below(price, level, -sign); }
/* The extreme of a candle that goes against a position, and the one in its favour. */
static double against(const Candle *candle, double sign) { return sign > 0.0 ? candle->low : candle->high; }
static double in_favour(const Candle *candle, double sign) { return sign > 0.0 ? candle->high : candle->low; }

/* X2.cap: a stop is never filled better than the bar traded. */
static double capped(const Candle *candle, double stop, double sign) {
    return sign > 0.0 ? smaller(stop, candle->high) : larger(stop, candle->low);
}

/* X1 to X3: a position that has the whole bar.  False where it stays. */
static bool whole_bar_exit(const Engine *engine, const Order *order, Exit *exit) {
    const Candle *candle = closing(engine, order->sign);
    const Level *stop = &order->stop, *target = &order->target;
    double sign = order->sign;
    if (stop->there && is_below(candle->open, stop->price, sign)) {
        *exit = (Exit){"X2.gap_stop", "stop_loss", candle->open, true, false};
        return true;
    }
    if (target->there && is_above(candle->open, target->price, sign)) {
        *exit = (Exit){"X2.gap_target", "take_profit", candle->open, false, false};
        return true;
    }
    bool stopped = stop->there && is_below(against(candle, sign), stop->price, sign);
    bool reached = target->there && is_above(in_favour(candle, sign), target->price, sign);
    if (stopped) {
        double raw = capped(candle, stop->price, sign);
        *exit = (Exit){reached ? "X3.worst" : "X1.stop", "stop_loss", raw, true, reached};
        return true;
    }
    *exit = (Exit){"X1.target", "take_profit", target->price, false, false};
    return reached;
}

typedef enum { UNTOUCHED, CERTAIN, UNSURE, SKIPPED } Fate;

static bool is_crossed(const Bar *bar) {
    return bar->ask.open < bar->bid.open || bar->ask.high < bar->bid.high || bar->ask.low < bar->bid.low ||
           bar->ask.close < bar->bid.close;
}

static bool beyond_the_spread(const Engine *engine, const Order *order) {
    const Bar *bar = engine->bar;
    double spread = larger(larger(bar->ask.open - bar->bid.open, bar->ask.high - bar->bid.high),
                           larger(bar->ask.low - bar->bid.low, bar->ask.close - bar->bid.close));
    double apart = (order->entry - order->stop.price) * order->sign;
    int digits = engine->set->digits;
    if (digits < 0) return apart > spread;
    return apart > 0.0 && ticks(order->entry, order->stop.price, digits) > ticks(spread, 0.0, digits);
}

/* E5: how the stop fared in the bar inside which its order triggered. */
static Fate fate_of_stop(const Engine *engine, const Order *order, const char **rule) {
    const Candle *candle = closing(engine, order->sign);
    double sign = order->sign, stop = order->stop.price;
    if (!order->stop.there || !is_below(against(candle, sign), stop, sign)) return UNTOUCHED;
    bool limit = order->type == LIMIT;
    if (is_below(candle->close, stop, sign) || (limit && beyond_the_spread(engine, order))) {
        bool crossed = is_crossed(engine->bar);
        *rule = crossed ? "E5.crossed" : limit ? "E5.limit_stop_certain" : "E5.stop_stop_certain";
        return crossed ? UNSURE : CERTAIN;
    }
    if (!limit && is_below(candle->open, stop, sign)) return SKIPPED;
    *rule = limit ? "E5.limit_stop_ambiguous" : "E5.stop_stop_ambiguous";
    return UNSURE;
}

static Fate fate_of_target(const Engine *engine, const Order *order, const char **rule) {
    const Candle *candle = closing(engine, order->sign);
    double sign = order->sign, target = order->target.price;
    if (!order->target.there || !is_above(in_favour(candle, sign), target, sign)) return UNTOUCHED;
    if (order->type == LIMIT && !is_above(candle->close, target, sign)) return UNSURE;
    if (is_crossed(engine->bar)) return UNSURE;
    *rule = order->type == LIMIT ? "E5.limit_target_certain" : "E5.stop_target";
    return CERTAIN;
}

/* E5, read as the worst: what is unsure happens to a stop, and does not happen to a target. */
static bool entry_bar_exit(const Engine *engine, Order *order, Exit *exit) {
    const char *stop_rule = "", *target_rule = "";
    Fate stop = fate_of_stop(engine, order, &stop_rule), target = fate_of_target(engine, order, &target_rule);
    bool stopped = stop == CERTAIN || stop == UNSURE, reached = target == CERTAIN;
    order->ambiguous = (stopped && reached) || stop == UNSURE || stop == SKIPPED || target == UNSURE;
    if (stopped) {
        double raw = capped(closing(engine, order->sign), order->stop.price, order->sign);
        *exit = (Exit){reached ? "E5.tie" : stop_rule, "stop_loss", raw, true, false};
        return true;
    }
    *exit = (Exit){target_rule, "take_profit", order->target.price, false, false};
    return reached;
}

/* E2: fill a waiting order if the bar reaches it; the open is looked at first. */
static bool trigger(Engine *engine, Order *order) {
    const Candle *candle = opening(engine, order->sign);
    bool limit = order->type == LIMIT;
    /* To buy below or to sell below is reached from above. */
    bool from_above = (order->sign > 0.0) == limit;
    if (from_above ? candle->open <= order->entry : candle->open >= order->entry)
        fill(engine, order, candle->open, !limit, AT_OPEN, limit ? "E2.limit_open" : "E2.stop_open");
    else if (from_above ? candle->low <= order->entry : candle->high >= order->entry)
        fill(engine, order, order->entry, !limit, AT_INSIDE, limit ? "E2.limit_inside" : "E2.stop_inside");
    return order->status == OPEN;
}

/* S3.sides: stop and target of a long are below and above both prices, strictly. */
static bool sides_hold(const Order *order, double bid, double ask) {
    double low = smaller(bid, ask), high = larger(bid, ask);
    const Level *below = order->sign > 0.0 ? &order->stop : &order->target;
    const Level *above = order->sign > 0.0 ? &order->target : &order->stop;
    return (!below->there || below->price < low) && (!above->there || above->price > high);
}

/* S3.distance: in whole ticks where prices have a grid, and never 0. */
static bool is_far_enough(const Settings *set, Level level, double reference) {
    if (!level.there) return true;
    double apart = distance(reference, level.price), least = set->min_stop_distance;
    if (set->digits >= 0) {
        apart = ticks(reference, level.price, set->digits);
        least = larger(1.0, ticks(set->min_stop_distance, 0.0, set->digits));
    }
    return apart > 0.0 && apart >= least;
}

/* E4: the volume of an order; false where it is refused. */
static bool size_order(const Engine *engine, Order *order) {
    const Settings *set = engine->set;
    double least = whole_below((set->volume_min * LOT_UNIT) + 0.5);
    double step = whole_below((set->volume_step * LOT_UNIT) + 0.5);
    double most = whole_below((set->volume_max * LOT_UNIT) + 0.5);
    double ceiling = whole_below((most - least) / step);
    if (set->sizing == FIXED_LOTS) {
        double units = whole_below((set->sized_by * LOT_UNIT) + 0.5);
        bool on_the_grid = whole_below((units - least) / step) * step == units - least;
        order->size = set->sized_by;
        return units / LOT_UNIT == order->size && units >= least && units <= most && on_the_grid;
    }
    if (!order->stop.there) return false;
    double amount = set->sizing == RISK_FRACTION ? set->sized_by * engine->equity : set->sized_by;
    double per_lot = distance(order->reference, order->stop.price) * set->unit_value;
    if (per_lot == 0.0 || !isfinite(amount / per_lot)) return false;
    double raw = amount / per_lot;
    double steps = whole_below(((raw - set->volume_min) / set->volume_step) + 1e-6);
    if (raw > set->volume_max) steps = ceiling;
    if (steps < 0.0) {
        order->size = least / LOT_UNIT;
        return set->clamp;
    }
    order->size = (least + (smaller(steps, ceiling) * step)) / LOT_UNIT;
    return true;
}

static bool is_marketable(const Engine *engine, const Order *order) {
    double close = opening(engine, order->sign)->close;
    return ((order->sign > 0.0) == (order->type == LIMIT)) ? order->entry >= close : order->entry <= close;
}

static int active_count(const Run *run) {
    int count = 0;
    for (int i = 0; i < run->order_count; i++)
        count += run->orders[i].status == PENDING || run->orders[i].status == OPEN;
    return count;
}

static Level snapped(const Settings *set, Level level, double sign) {
    if (level.there && set->digits >= 0) level.price = snap_level(level.price, set->digits, sign);
    return level;
}

/* S3, E1, E4: accept a signal or reject it; either way it takes a number. */
static void accept(Engine *engine, const Signal *signal) {
    const Settings *set = engine->set;
    const Bar *bar = engine->bar;
    int held = active_count(&engine->run);
    Order *order = &engine->run.orders[engine->run.order_count++];
    *order = (Order){.id = engine->run.order_count, .accepted_bar = engine->index, .status = REJECTED};
    order->sign = signal->sign;
    order->type = signal->type;
    if (!(engine->equity > 0.0)) return;
    if (signal->stop.there && !isfinite(signal->stop.price)) return;
    if (signal->target.there && !isfinite(signal->target.price)) return;
    order->stop = snapped(set, signal->stop, signal->sign);
    order->target = snapped(set, signal->target, signal->sign);
    order->reference = opening(engine, signal->sign)->close;
    if (signal->type == MARKET) {
        if (!sides_hold(order, bar->bid.close, bar->ask.close)) return;
    } else {
        order->entry = order->reference = snapped(set, signal->entry, signal->sign).price;
        if (!sides_hold(order, order->entry, order->entry)) return;
    }
    if (!is_far_enough(set, order->stop, order->reference)) return;
    if (!is_far_enough(set, order->target, order->reference)) return;
    if (signal->type != MARKET && set->reject_marketable && is_marketable(engine, order)) return;
    if (held >= set->max_positions) return;
    if (!size_order(engine, order)) return;
    if (order->stop.there)
        order->risk = (distance(order->reference, order->stop.price) * order->size) * set->unit_value;
    order->status = PENDING;
    if (signal->type == MARKET && !set->next_open)
        fill(engine, order, opening(engine, order->sign)->close, true, AT_CLOSE, "E1.close");
}

/* OPEN: market orders that wait for this open (E1.next_open). */
static void open_phase(Engine *engine) {
    for (int i = 0; i < engine->run.order_count; i++) {
        Order *order = &engine->run.orders[i];
        if (order->status != PENDING || order->type != MARKET) continue;
        if (!(engine->equity > 0.0) || !sides_hold(order, engine->bar->bid.open, engine->bar->ask.open))
            order->status = REJECTED;
        else
            fill(engine, order, opening(engine, order->sign)->open, true, AT_OPEN, "E1.next_open");
    }
}

/* EXITS: one pass in order of acceptance; what triggers is tested at once (E6). */
static void exits_phase(Engine *engine) {
    for (int i = 0; i < engine->run.order_count; i++) {
        Order *order = &engine->run.orders[i];
        Exit exit;
        bool waits = order->status == PENDING && order->type != MARKET && order->accepted_bar < engine->index;
        bool triggered = waits && trigger(engine, order);
        if (order->status != OPEN || (order->at == AT_CLOSE && order->filled_bar == engine->index)) continue;
        bool inside = triggered && order->at == AT_INSIDE;
        bool leaves = inside ? entry_bar_exit(engine, order, &exit) : whole_bar_exit(engine, order, &exit);
        if (leaves) leave(engine, order, exit);
    }
}

/* CLOSE of the last bar: waiting orders expire; positions leave where that is asked for (X5). */
static void end_phase(Engine *engine) {
    for (int i = 0; i < engine->run.order_count; i++)
        if (engine->run.orders[i].status == PENDING) engine->run.orders[i].status = EXPIRED;
    for (int i = 0; engine->set->close_at_end && i < engine->run.filled_count; i++) {
        Order *order = &engine->run.orders[engine->run.filled[i]];
        if (order->status != OPEN) continue;
        double close = closing(engine, order->sign)->close;
        leave(engine, order, (Exit){"X5.close_at_end", "end_of_data", close, true, false});
    }
}

/* PORTFOLIO: the row of the bar, marks added in the order of the fills (P3). */
static void portfolio_phase(Engine *engine) {
    double total = 0.0, lows = 0.0, highs = 0.0;
    for (int i = 0; i < engine->run.filled_count; i++) {
        const Order *order = &engine->run.orders[engine->run.filled[i]];
        if (order->status != OPEN) continue;
        const Candle *candle = closing(engine, order->sign);
        bool late = order->at == AT_CLOSE && order->filled_bar == engine->index;
        total = total + gain(engine->set, order, candle->close);
        lows = lows + gain(engine->set, order, late ? candle->close : candle->low);
        highs = highs + gain(engine->set, order, late ? candle->close : candle->high);
    }
    engine->equity = engine->cash + total;
    engine->max_equity = larger(engine->max_equity, engine->equity);
    double worst = smaller(engine->equity, engine->cash + (highs < lows ? highs : lows));
    engine->run.rows[engine->run.row_count++] =
        (Row){engine->bar->time_us, engine->cash, engine->equity, worst, engine->max_equity - engine->equity};
}

static bool at_least(double value, double least) { return isfinite(value) && value >= least; }
static bool above_zero(double value) { return isfinite(value) && value > 0.0; }

/* R6: the first thing that is wrong with the settings, or NULL. */
static const char *check_settings(const Settings *set) {
    if (!at_least(set->initial_balance, 0.0)) return "initial_balance is below 0";
    if (!above_zero(set->sized_by)) return "the size is not above 0";
    if (set->max_positions < 1) return "max_positions is below 1";
    if (!at_least(set->slippage_pips, 0.0)) return "slippage_pips is below 0";
    const double fees[] = {set->fee_per_lot, set->fee_per_million, set->fee_percent, set->fee_minimum};
    for (int i = 0; i < 4; i++)
        if (!at_least(fees[i], 0.0)) return "a fee is below 0";
    if (!above_zero(set->pip_size) || !above_zero(set->unit_value)) return "pip or contract is not above 0";
    if (!at_least(set->volume_min, 1e-8) || !at_least(set->volume_step, 1e-8)) return "the volume grid is none";
    if (!at_least(set->volume_max, set->volume_min)) return "volume_max is below volume_min";
    if (!at_least(set->min_stop_distance, 0.0)) return "min_stop_distance is below 0";
    return set->digits > 15 ? "digits are above 15" : NULL;
}

/* T2: the first thing that is wrong with the bars, or NULL. */
static const char *check_candle(const Candle *candle) {
    const double prices[] = {candle->open, candle->high, candle->low, candle->close};
    for (int i = 0; i < 4; i++) {
        if (!isfinite(prices[i])) return "a price is not finite";
        if (prices[i] <= 0.0) return "a price is not above 0";
    }
    if (candle->high < larger(candle->open, candle->close)) return "a high is below open or close";
    if (candle->low > smaller(candle->open, candle->close)) return "a low is above open or close";
    return NULL;
}

static const char *check_bars(const Settings *set, const Bar *bars, int count) {
    if (count == 0) return "there are no bars";
    if (set->start_bar < 0) return "there is no start";
    if (set->start_bar >= count) return "the start is after the last bar";
    for (int i = 1; i < count; i++)
        if (bars[i].time_us <= bars[i - 1].time_us) return "the bars do not ascend";
    for (int i = 0; i < count; i++) {
        const char *wrong = check_candle(&bars[i].bid);
        if (wrong == NULL) wrong = check_candle(&bars[i].ask);
        if (wrong != NULL) return wrong;
    }
    return NULL;
}

static void *room(size_t count, size_t size) {
    void *made = calloc(count + 1, size);
    if (made == NULL) abort();
    return made;
}

Run engine_run(const Settings *settings, const Bar *bars, int bar_count, const Signal *signals,
               int signal_count) {
    Engine engine = {.set = settings};
    engine.cash = engine.equity = engine.max_equity = settings->initial_balance;
    engine.run.refused = check_settings(settings);
    if (engine.run.refused == NULL) engine.run.refused = check_bars(settings, bars, bar_count);
    if (engine.run.refused != NULL) return engine.run;
    size_t most = (size_t)signal_count;
    engine.run.orders = room(most, sizeof *engine.run.orders);
    engine.run.filled = room(most, sizeof *engine.run.filled);
    engine.run.closed = room(most, sizeof *engine.run.closed);
    engine.run.fees = room(2 * most, sizeof *engine.run.fees);
    engine.run.rows = room((size_t)bar_count, sizeof *engine.run.rows);
    int next = 0;
    /* L1: signals before the start are not asked for. */
    while (next < signal_count && signals[next].bar < settings->start_bar) next++;
    for (int i = settings->start_bar; i < bar_count; i++) {
        engine.bar = &bars[i];
        engine.index = i;
        open_phase(&engine);
        for (; next < signal_count && signals[next].bar == i; next++) {
            /* S1.entry: no order, but an error of the strategy. */
            if (signals[next].entry.there && !isfinite(signals[next].entry.price))
                engine.run.refused = "an entry is not finite";
            accept(&engine, &signals[next]);
        }
        exits_phase(&engine);
        if (i == bar_count - 1) end_phase(&engine);
        portfolio_phase(&engine);
    }
    return engine.run;
}

void engine_free(Run *run) {
    free(run->orders);
    free(run->filled);
    free(run->closed);
    free(run->fees);
    free(run->rows);
}
