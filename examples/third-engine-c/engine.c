/* The loop over the bars: open, entry, exits, close, portfolio.  Read this first. */
#include "engine.h"

#include <stdlib.h>

#include "arithmetic.h"
#include "parts.h"

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

void fill_order(Engine *engine, Order *order, double raw, bool slips, Place at, const char *rule) {
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

/* E2: fill a waiting order if the bar reaches it; the open is looked at first. */
static bool trigger(Engine *engine, Order *order) {
    const Candle *candle = opening(engine, order->sign);
    bool limit = order->type == LIMIT;
    /* To buy below or to sell below is reached from above. */
    bool from_above = (order->sign > 0.0) == limit;
    if (from_above ? candle->open <= order->entry : candle->open >= order->entry)
        fill_order(engine, order, candle->open, !limit, AT_OPEN, limit ? "E2.limit_open" : "E2.stop_open");
    else if (from_above ? candle->low <= order->entry : candle->high >= order->entry)
        fill_order(engine, order, order->entry, !limit, AT_INSIDE, limit ? "E2.limit_inside" : "E2.stop_inside");
    return order->status == OPEN;
}

/* OPEN: market orders that wait for this open (E1.next_open). */
static void open_phase(Engine *engine) {
    for (int i = 0; i < engine->run.order_count; i++) {
        Order *order = &engine->run.orders[i];
        if (order->status != PENDING || order->type != MARKET) continue;
        if (!(engine->equity > 0.0) || !sides_hold(order, engine->bar->bid.open, engine->bar->ask.open))
            order->status = REJECTED;
        else
            fill_order(engine, order, opening(engine, order->sign)->open, true, AT_OPEN, "E1.next_open");
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
            accept_signal(&engine, &signals[next]);
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
