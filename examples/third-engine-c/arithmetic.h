/* The arithmetic of prices, in the order of the brackets of the rules (N1, N2). */
#ifndef ARITHMETIC_H
#define ARITHMETIC_H

#include <math.h>

static inline double larger(double a, double b) { return b > a ? b : a; }
static inline double smaller(double a, double b) { return b < a ? b : a; }
static inline double distance(double a, double b) { return a >= b ? a - b : b - a; }

static inline double power_of_ten(int digits) {
    static const double powers[] = {1.0, 10.0, 100.0, 1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9,  1e10,  1e11, 1e12, 1e13, 1e14, 1e15};
    return powers[digits];
}

/* From 2^53 on there are no fractions left to round. */
static inline int has_fractions(double x) { return -9007199254740992.0 < x && x < 9007199254740992.0; }

static inline double whole_below(double x) { return has_fractions(x) ? floor(x) + 0.0 : x; }
static inline double whole_above(double x) { return has_fractions(x) ? ceil(x) + 0.0 : x; }

static inline double on_grid(double x, double whole, double power) {
    return (has_fractions(x * power) ? whole / power : x) + 0.0;
}

/* N2.snap: halves upwards; the level of a short is mirrored first. */
static inline double snap_level(double x, int digits, double sign) {
    double power = power_of_ten(digits);
    if (sign > 0.0) return on_grid(x, whole_below((x * power) + 0.5), power);
    return -on_grid(-x, whole_below((-x * power) + 0.5), power) + 0.0;
}

/* N2.adverse: a price with slippage, up or down to the next tick, forgiving a millionth of one. */
static inline double snap_adverse(double x, int digits, int up) {
    double power = power_of_ten(digits);
    return on_grid(x, up ? whole_above((x * power) - 1e-6) : whole_below((x * power) + 1e-6), power);
}

static inline double ticks(double a, double b, int digits) {
    return whole_below((distance(a, b) * power_of_ten(digits)) + 0.5);
}

#endif
