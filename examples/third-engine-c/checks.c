/* Input that no engine should take. */
#include <stddef.h>

#include "arithmetic.h"
#include "parts.h"

static bool at_least(double value, double least) { return isfinite(value) && value >= least; }
static bool above_zero(double value) { return isfinite(value) && value > 0.0; }

/* R6: the first thing that is wrong with the settings, or NULL. */
const char *check_settings(const Settings *set) {
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

const char *check_bars(const Settings *set, const Bar *bars, int count) {
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
