"""exp, log and log10, the same bits everywhere (rules N5.exp, N5.log, N5.log_ten).

The C library's functions differ in their last bit between systems and processors. These are made
of ``+ - * /``, ``floor`` and comparisons alone, in the order of the brackets written here. They
carry the leading part of a result in two numbers, so that they are within 0.55 ulp (the logarithms)
and 0.75 ulp (exp).
"""

from __future__ import annotations

from .arithmetic import floor

INFINITY = float("inf")
NO_VALUE = float("nan")

# Below this a binary64 has fewer than 53 bits; times 2^54 it has all of them.
LEAST_NORMAL = 2.2250738585072014e-308
TWO_54 = 18014398509481984.0

# 2^(2^n) for n from 0 to 9, all exact, and their exponents.
POWERS_OF_TWO: tuple[float, ...] = (
    2.0, 4.0, 16.0, 256.0, 65536.0, 4294967296.0, 18446744073709551616.0,
    3.402823669209384634633746074317682e38, 1.1579208923731619542357098500868791e77,
    1.3407807929942597099574024998205846e154,
)  # fmt: skip
EXPONENTS: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)

# ln 2 = LN2_HIGH + LN2_LOW; the first has 42 bits, so that a multiple up to 2048 is exact.
LN2_HIGH = 0.6931471805598903  # 0x1.62e42fefa3800p-1
LN2_LOW = 5.497923018708371e-14  # 0x1.ef35793c76730p-45
PER_LN2 = 1.4426950408889634  # 1 / ln 2, 0x1.71547652b82fep+0
# 1 / ln 10 = PER_LN10_HIGH + PER_LN10_LOW.
PER_LN10_HIGH = 0.4342944819032518  # 0x1.bcb7b1526e50ep-2
PER_LN10_LOW = 1.098319650216765e-17  # 0x1.95355baaafad3p-57
SQRT_2 = 1.4142135623730951
SQRT_HALF = 0.7071067811865476
# 2^27 + 1 cuts a binary64 into two halves of at most 26 bits.
SPLITTER = 134217729.0

EXP_MOST = 709.782712893384
EXP_LEAST = -746.0


def _product_error(a: float, b: float, product: float) -> float:
    """Return a * b less its rounded product, exactly (Dekker, Veltkamp)."""
    cut = SPLITTER * a
    a_high = cut - (cut - a)
    a_low = a - a_high
    cut = SPLITTER * b
    b_high = cut - (cut - b)
    b_low = b - b_high
    upper = (((a_high * b_high) - product) + (a_high * b_low)) + (a_low * b_high)
    return upper + (a_low * b_low)


def _log_high_low(x: float) -> tuple[float, float]:
    """Return ln x of a finite x > 0 as the sum of two numbers (N5.log)."""
    exponent = 0.0
    if x < LEAST_NORMAL:
        x = x * TWO_54
        exponent = -54.0
    # x becomes 2^exponent * x with x from 1/2 to below 2.
    if x >= 2.0:
        for place in range(9, -1, -1):
            if x >= POWERS_OF_TWO[place]:
                x = x / POWERS_OF_TWO[place]
                exponent = exponent + EXPONENTS[place]
    elif x < 0.5:
        for place in range(9, -1, -1):
            raised = x * POWERS_OF_TWO[place]
            if raised < 1.0:
                x = raised
                exponent = exponent - EXPONENTS[place]
    if x >= SQRT_2:
        x = 0.5 * x
        exponent = exponent + 1.0
    elif x < SQRT_HALF:
        x = 2.0 * x
        exponent = exponent - 1.0
    # ln x = 2 * (s + s^3/3 + s^5/5 + ...) with s = f / (2 + f); s in two parts, of f without error.
    f = x - 1.0
    t = 2.0 + f
    t_low = f - (t - 2.0)
    s = f / t
    product = s * t
    remainder = (f - product) - _product_error(s, t, product)
    s_low = (remainder - (s * t_low)) / t
    z = s * s
    p = 2.0 / 21.0 + (z * (2.0 / 23.0))
    p = 2.0 / 19.0 + (z * p)
    p = 2.0 / 17.0 + (z * p)
    p = 2.0 / 15.0 + (z * p)
    p = 2.0 / 13.0 + (z * p)
    p = 2.0 / 11.0 + (z * p)
    p = 2.0 / 9.0 + (z * p)
    p = 2.0 / 7.0 + (z * p)
    p = 2.0 / 5.0 + (z * p)
    p = 2.0 / 3.0 + (z * p)
    rest = (s_low + s_low) + (s * (z * p))
    whole = exponent * LN2_HIGH
    double = s + s
    high = whole + double
    low = ((whole - high) + double) + ((exponent * LN2_LOW) + rest)
    return high, low


def log(x: float) -> float:
    """Return the natural logarithm: -inf at 0, NaN below (N5.log).

    >>> log(1.0), log(0.0), log(-1.0), log(2.0)
    (0.0, -inf, nan, 0.6931471805599453)
    """
    if not x > 0.0:
        return -INFINITY if x == 0.0 else NO_VALUE
    if x == INFINITY:
        return INFINITY
    high, low = _log_high_low(x)
    return high + low


def log10(x: float) -> float:
    """Return the logarithm to base 10, exact at powers of ten (N5.log_ten).

    >>> log10(1000.0), log10(2.0), log10(0.0)
    (3.0, 0.3010299956639812, -inf)
    """
    if not x > 0.0:
        return -INFINITY if x == 0.0 else NO_VALUE
    if x == INFINITY:
        return INFINITY
    high, low = _log_high_low(x)
    sum_high = high + low
    sum_low = (high - sum_high) + low
    product = sum_high * PER_LN10_HIGH
    error = _product_error(sum_high, PER_LN10_HIGH, product)
    return product + (error + ((sum_high * PER_LN10_LOW) + (sum_low * PER_LN10_HIGH)))


def _scaled(y: float, exponent: float) -> float:
    """Return y * 2^exponent for a y from 1/2 to 2, rounded once at most."""
    if exponent > 1023.0:
        y = 2.0 * y
        exponent = exponent - 1.0
    small = exponent < -960.0
    if small:
        exponent = exponent + 128.0
    rest = exponent if exponent >= 0.0 else -exponent
    for place in range(9, -1, -1):
        if rest >= EXPONENTS[place]:
            rest = rest - EXPONENTS[place]
            if exponent >= 0.0:
                y = y * POWERS_OF_TWO[place]
            else:
                y = y / POWERS_OF_TWO[place]
    # The last step alone can leave the range of the normal numbers.
    return y / POWERS_OF_TWO[7] if small else y


def exp(x: float) -> float:
    """Return e to the power of x: infinite above 709.78, 0 below -745.13 (N5.exp).

    >>> exp(0.0), exp(1.0), exp(-1000.0)
    (1.0, 2.718281828459045, 0.0)
    """
    if not x <= EXP_MOST:
        return INFINITY if x > EXP_MOST else NO_VALUE
    if x < EXP_LEAST:
        return 0.0
    # x = exponent * ln 2 + r + r_low, r within ln 2 / 2.
    exponent = floor((x * PER_LN2) + 0.5)
    high = x - (exponent * LN2_HIGH)
    low = exponent * LN2_LOW
    r = high - low
    r_low = (high - r) - low
    p = 1.0 / 6227020800.0 + (r * (1.0 / 87178291200.0))
    p = 1.0 / 479001600.0 + (r * p)
    p = 1.0 / 39916800.0 + (r * p)
    p = 1.0 / 3628800.0 + (r * p)
    p = 1.0 / 362880.0 + (r * p)
    p = 1.0 / 40320.0 + (r * p)
    p = 1.0 / 5040.0 + (r * p)
    p = 1.0 / 720.0 + (r * p)
    p = 1.0 / 120.0 + (r * p)
    p = 1.0 / 24.0 + (r * p)
    p = 1.0 / 6.0 + (r * p)
    p = 0.5 + (r * p)
    y = 1.0 + r
    y_low = r - (y - 1.0)
    y = y + (y_low + (r_low + ((r * r) * p)))
    return _scaled(y, exponent)
