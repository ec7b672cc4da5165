/* How a signal becomes an order, or is rejected. */
#include "arithmetic.h"
#include "parts.h"

#define LOT_UNIT 100000000.0

bool sides_hold(const Order *order, double bid, double ask) {
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

void accept_signal(Engine *engine, const Signal *signal) {
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
        fill_order(engine, order, opening(engine, order->sign)->close, true, AT_CLOSE, "E1.close");
}
