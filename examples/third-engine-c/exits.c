/* How positions leave: stops and targets, gaps, ties, and the bar of the entry. */
#include "arithmetic.h"
#include "parts.h"

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

bool whole_bar_exit(const Engine *engine, const Order *order, Exit *exit) {
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
bool entry_bar_exit(const Engine *engine, Order *order, Exit *exit) {
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
