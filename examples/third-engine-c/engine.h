/* A small engine for one symbol: market, limit and stop orders with stop and target. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    double open, high, low, close;
} Candle;

typedef struct {
    int64_t time_us; /* opening time, microseconds since 1970, UTC */
    Candle bid, ask;
} Bar;

typedef struct {
    bool there;
    double price;
} Level;

typedef enum { MARKET, LIMIT, STOP } OrderType;

typedef struct {
    int bar;
    double sign; /* 1 long, -1 short */
    OrderType type;
    Level entry, stop, target;
} Signal;

typedef enum { FIXED_LOTS, RISK_AMOUNT, RISK_FRACTION } Sizing;

typedef struct {
    double initial_balance;
    int start_bar;
    bool next_open;        /* market orders fill at the next open, not at the close */
    bool close_at_end;     /* what is open leaves at the last close */
    bool reject_marketable;
    bool clamp;            /* a size below the least becomes the least */
    int max_positions;     /* waiting orders count, too */
    Sizing sizing;
    double sized_by;       /* lots, amount or fraction */
    double slippage_pips;
    double fee_per_lot, fee_per_million, fee_percent, fee_minimum;
    double pip_size;
    int digits;            /* -1: prices have no grid */
    double unit_value;     /* account currency for one lot and one unit of price */
    double volume_min, volume_step, volume_max;
    double min_stop_distance;
} Settings;

typedef enum { PENDING, OPEN, CLOSED, REJECTED, EXPIRED } Status;
typedef enum { AT_OPEN, AT_INSIDE, AT_CLOSE } Place;

typedef struct {
    int id, accepted_bar, filled_bar, exit_bar;
    double sign;
    OrderType type;
    Status status;
    Place at;
    double entry;     /* level of a limit or stop order */
    double reference; /* the price that size and risk were counted from */
    Level stop, target;
    double size, risk;
    double entry_price, entry_fee, exit_price, exit_fee, result;
    const char *entry_rule, *exit_rule, *reason;
    bool ambiguous;
} Order;

typedef struct {
    int64_t time_us;
    double cash, equity, equity_worst, drawdown;
} Row;

typedef struct {
    int bar, order_id;
    bool at_exit;
    double amount;
} Fee;

typedef struct {
    const char *refused; /* why nothing was run; NULL: it was */
    Order *orders;       /* by number; orders[0] is number 1 */
    int order_count;
    int *filled, filled_count; /* indices of orders, as they filled */
    int *closed, closed_count; /* indices of orders, as they left */
    Row *rows;
    int row_count;
    Fee *fees;
    int fee_count;
} Run;

/* Play signals, which are in order of their bars, over bars.  Free the run afterwards. */
Run engine_run(const Settings *settings, const Bar *bars, int bar_count, const Signal *signals,
               int signal_count);
void engine_free(Run *run);

#endif
