/* What the parts of the engine share; nobody else needs it. */
#ifndef PARTS_H
#define PARTS_H

#include "engine.h"

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
static inline const Candle *opening(const Engine *engine, double sign) {
    return sign > 0.0 ? &engine->bar->ask : &engine->bar->bid;
}
static inline const Candle *closing(const Engine *engine, double sign) { return opening(engine, -sign); }

/* acceptance.c */

/* S3, E1, E4: accept a signal or reject it; either way it takes a number. */
void accept_signal(Engine *engine, const Signal *signal);
/* S3.sides: stop and target of a long are below and above both prices, strictly. */
bool sides_hold(const Order *order, double bid, double ask);

/* exits.c: how an order leaves in a bar; false where it stays. */

/* X1 to X3: a position that has the whole bar. */
bool whole_bar_exit(const Engine *engine, const Order *order, Exit *exit);
/* E5: a position whose order triggered inside the bar. */
bool entry_bar_exit(const Engine *engine, Order *order, Exit *exit);

/* checks.c: the first thing that is wrong, or NULL. */

const char *check_settings(const Settings *set);
const char *check_bars(const Settings *set, const Bar *bars, int count);

/* engine.c */

void fill_order(Engine *engine, Order *order, double raw, bool slips, Place at, const char *rule);

#endif
