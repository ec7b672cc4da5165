//! Bounds of a tile hold whoever came and left in it, and what the maxima see are its rows.

use std::sync::Arc;

use super::*;
use crate::arithmetic::{larger, smaller};
use crate::candles::{Candle, CandleColumns};
use crate::fast::Lanes;
use crate::holdings::EntryNumbers;
use crate::keys::Sides;
use crate::positions::FillAt;
use crate::signals::Direction;

const SYMBOLS: usize = 5;
const KEYS: usize = 12 * TILE;

/// Numbers that are as good as random here.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn walk(numbers: &mut Numbers) -> Arc<CandleColumns> {
    let mut price = 110_000_i64;
    let candles = (0..KEYS).map(|key| {
        price += numbers.below(41) as i64 - 20;
        let away = 1 + numbers.below(15) as i64;
        let of = |points: i64| points as f64 / 1e5;
        Candle {
            time_us: key as i64,
            open: of(price),
            high: of(price + away),
            low: of(price - away),
            close: of(price),
            volume: 0.0,
        }
    });
    Arc::new(CandleColumns::from_candles(&candles.collect::<Vec<_>>()))
}

fn lanes(numbers: &mut Numbers) -> Lanes {
    let sides: Vec<_> = (0..SYMBOLS)
        .map(|_| (walk(numbers), walk(numbers)))
        .collect();
    Lanes {
        time_us: Arc::clone(&sides[0].0.time_us),
        sides,
    }
}

fn ways(lanes: &Lanes) -> Vec<Way> {
    let all: Arc<[bool]> = vec![true; lanes.time_us.as_slice().len()].into();
    let sides = lanes.sides.iter();
    let whole = sides.map(|(bid, ask)| {
        let (bid, ask) = (Arc::clone(bid), Arc::clone(ask));
        let clock = Arc::new(bid.time_us.as_slice().to_vec());
        Way::of(&Sides::whole("EURUSD".into(), bid, ask, &all), &clock, 0)
    });
    whole.flatten().collect()
}

/// A position of any symbol, filled at the close of a key.
fn filled(numbers: &mut Numbers, lanes: &LaneViews<'_>, key: usize) -> Weight {
    let mark = numbers.below(SYMBOLS as u64) as usize;
    let directions = [Direction::Long, Direction::Short];
    let direction = directions[numbers.below(2) as usize];
    let (side, _) = lanes.sides[mark][usize::from(!direction.is_long())];
    let numbers = EntryNumbers {
        symbol: "EURUSD".into(),
        direction,
        entry_price: side.close[key],
        size: 0.1 + numbers.below(7) as f64 / 10.0,
        unit_value: 1e5,
        stale_unit: false,
        trigger_time_us: lanes.time_us[key],
        at: FillAt::Close,
    };
    Weight::of(&numbers, mark)
}

/// Lanes of closes by symbol, the same on both sides; each bar reaches so far below its close.
fn lanes_along(closes: &[Vec<f64>], reach: f64) -> Lanes {
    let side = |closes: &Vec<f64>| {
        let candles = closes.iter().enumerate().map(|(key, &close)| Candle {
            time_us: key as i64,
            open: close,
            high: close,
            low: close - reach,
            close,
            volume: 0.0,
        });
        Arc::new(CandleColumns::from_candles(&candles.collect::<Vec<_>>()))
    };
    let sides: Vec<_> = closes.iter().map(|of| (side(of), side(of))).collect();
    Lanes {
        time_us: Arc::clone(&sides[0].0.time_us),
        sides,
    }
}

/// A long of a symbol that was filled long ago.
fn long_of(mark: usize, entry_price: f64, size: f64) -> Weight {
    let numbers = EntryNumbers {
        symbol: "EURUSD".into(),
        direction: Direction::Long,
        entry_price,
        size,
        unit_value: 1e5,
        stale_unit: false,
        trigger_time_us: -1,
        at: FillAt::Open,
    };
    Weight::of(&numbers, mark)
}

/// A symbol that has every third bar but not its first ones says so of any part of its keys.
#[test]
fn holes_are_those_of_the_mask() {
    let mut numbers = Numbers(5);
    let owned = lanes(&mut numbers);
    let (bid, ask) = (&owned.sides[0].0, &owned.sides[0].1);
    let mask: Arc<[bool]> = (0..KEYS)
        .map(|key| key > 40 && numbers.below(3) > 0)
        .collect();
    let masks = [Arc::clone(&mask), Arc::clone(&mask)];
    let sides = Sides::new("EURUSD".into(), Arc::clone(bid), Arc::clone(ask), masks);
    let clock = Arc::new(bid.time_us.as_slice().to_vec());
    let way = Way::of(&sides, &clock, 0).expect("it has bars");
    assert!(!way.is_whole() && mask[way.first] && !mask[..way.first].contains(&true));
    for _ in 0..2_000 {
        let from = way.first + numbers.below((KEYS - way.first) as u64) as usize;
        let to = from + numbers.below((KEYS - from + 1) as u64) as usize;
        let there: Vec<usize> = (from..to).filter(|&key| mask[key]).collect();
        assert_eq!(way.count(from, to), there.len());
        assert_eq!(way.last_covered(from, to), there.last().copied());
        assert_eq!(way.covered(from, to).collect::<Vec<_>>(), there);
        let near = to.min(from + 64);
        let holes = way.holes(from, near);
        for key in from..near {
            assert_eq!(
                holes >> (key - from) & 1 == 1,
                !mask[key],
                "{key} from {from}"
            );
            assert_eq!(way.has_bar(key), mask[key]);
        }
        assert_eq!(
            holes.count_ones() as usize + way.count(from, near),
            near - from
        );
    }
}

/// A number that no sum of others comes out even with.
fn crooked(numbers: &mut Numbers) -> f64 {
    1.0 + numbers.below(1 << 30) as f64 / 1e9
}

/// In a tile of one bar the bounds are its row, but for the order of the sums: that of the symbols in
/// the worst of a row, that of the fills in its bound.
#[test]
fn the_worst_of_a_row_is_not_below_its_bound_though_it_is_summed_in_another_order() {
    let mut closer = 0;
    for seed in 0..2_000 {
        let mut numbers = Numbers(seed);
        let closes: Vec<_> = (0..SYMBOLS)
            .map(|_| vec![crooked(&mut numbers); TILE])
            .collect();
        let owned = lanes_along(&closes, 0.37);
        let views = owned.view();
        // The symbols were filled the other way round.
        let filled = (0..SYMBOLS).rev();
        let open: Vec<_> = filled
            .map(|mark| Some(long_of(mark, crooked(&mut numbers), crooked(&mut numbers))))
            .collect();
        let cash = 1e4 * crooked(&mut numbers);
        let mut unseen = Unseen::new();
        unseen.begin(0, &open);
        unseen.cash.push(cash);
        let (most, least, worst) = bounds_of(&mut unseen, &views);
        let (total, total_worst) = crate::fast::weight::sum_row(&views, &open, 0);
        let (equity, equity_worst) = (cash + total, cash + total_worst);
        assert!(least <= equity && equity <= most, "seed {seed}");
        assert!(worst <= equity_worst, "seed {seed}");
        // By the order of the fills alone it would be above some of them.
        let in_fill_order = open.iter().flatten().fold(0.0, |sum, weight| {
            sum + weight.gain(views.closing(weight).0.low[0])
        });
        closer += usize::from(cash + in_fill_order > equity_worst);
    }
    assert!(closer > 200, "only {closer} sums came out above the row");
}

/// What an account that has such maxima comes to by the rows of one tile, in which nothing moves.
fn seen_of(lanes: &Lanes, open: &[Option<Weight>], cash: f64, before: Maxima) -> Maxima {
    let (views, ways) = (lanes.view(), ways(lanes));
    let mut unseen = Unseen::new();
    unseen.begin(0, open);
    let mut stale_rows = 0;
    let mut seen = Seen {
        maxima: before,
        stale_rows: &mut stale_rows,
    };
    unseen.note((&views, &ways), (0, TILE), cash, &mut seen);
    unseen.finish((&views, &ways), &mut seen);
    seen.maxima
}

/// Positions that were filled in the other order than their symbols have, and cash.
fn crooked_account(numbers: &mut Numbers, reach: f64) -> (Lanes, Vec<Option<Weight>>, f64) {
    let closes: Vec<_> = (0..SYMBOLS).map(|_| vec![crooked(numbers); TILE]).collect();
    let filled = (0..SYMBOLS).rev();
    let open = filled.map(|mark| Some(long_of(mark, crooked(numbers), crooked(numbers))));
    let open = open.collect();
    (lanes_along(&closes, reach), open, 1e4 * crooked(numbers))
}

/// A height or a fall that is beyond the one before by its last bit alone is seen.
#[test]
fn the_last_bit_of_an_extreme_counts() {
    for seed in 0..300 {
        let mut numbers = Numbers(seed);
        let (owned, open, cash) = crooked_account(&mut numbers, 0.37);
        let views = owned.view();
        let (total, worst) = crate::fast::weight::sum_row(&views, &open, 0);
        let (equity, equity_worst) = (cash + total, cash + worst);
        let nothing = Maxima {
            initial_balance: 0.0,
            max_equity: 1e9,
            max_drawdown: f64::MAX,
            max_drawdown_worst: f64::MAX,
            initial_max_drawdown: f64::MAX,
        };
        let (fall, fall_worst) = (1e9 - equity, 1e9 - equity_worst);
        let cases = [
            Maxima {
                max_equity: equity.next_down(),
                ..nothing
            },
            Maxima {
                max_drawdown: fall.next_down(),
                ..nothing
            },
            Maxima {
                max_drawdown_worst: fall_worst.next_down(),
                ..nothing
            },
            Maxima {
                initial_balance: 1e9,
                initial_max_drawdown: fall.next_down(),
                ..nothing
            },
        ];
        for (at, before) in cases.into_iter().enumerate() {
            let mut expected = before;
            expected.see(equity, equity_worst);
            assert_ne!(expected, before);
            let found = seen_of(&owned, &open, cash, before);
            assert_eq!(found, expected, "seed {seed}, case {at}");
        }
    }
}

/// Where bars do not reach beyond their closes the worst of a row is no more than its equity, in
/// whatever order the two are summed.
#[test]
fn the_worst_of_a_row_is_never_above_its_equity() {
    let mut above = 0;
    for seed in 0..500 {
        let mut numbers = Numbers(seed);
        let (owned, open, cash) = crooked_account(&mut numbers, 0.0);
        let views = owned.view();
        let (total, worst) = crate::fast::weight::sum_row(&views, &open, 0);
        let equity = cash + total;
        above += usize::from(cash + worst > equity);
        let before = maxima(0.0);
        let mut expected = before;
        expected.see(equity, smaller(equity, cash + worst));
        assert_eq!(
            seen_of(&owned, &open, cash, before),
            expected,
            "seed {seed}"
        );
    }
    assert!(above > 20, "only {above} sums came out above");
}

/// One rises as long as it is open, one falls, and both are there for a part of the tile only; at the
/// highest row neither the end nor the beginning of the tile is.
#[test]
fn who_is_open_in_a_part_of_a_tile_counts_in_its_bounds() {
    let ramp = |from: f64, step: f64| -> Vec<f64> {
        (0..TILE).map(|key| from + (step * key as f64)).collect()
    };
    let owned = lanes_along(&[ramp(1.0, 1e-4), ramp(2.0, -1e-4), vec![3.0; TILE]], 1e-5);
    let views = owned.view();
    let (rising, falling, still) = (
        long_of(0, 1.0, 1.0),
        long_of(1, 2.0, 1.0),
        long_of(2, 3.0, 1.0),
    );
    // Who is open before the tile, and who comes or leaves at which of its rows.
    type Change = (usize, Option<Weight>, Option<usize>);
    let cases: [(Vec<Option<Weight>>, Vec<Change>); 6] = [
        (vec![Some(rising)], vec![(20, None, Some(0))]),
        (
            vec![Some(still)],
            vec![(10, Some(rising), None), (25, None, Some(1))],
        ),
        (
            vec![Some(falling), Some(rising)],
            vec![(15, None, Some(1)), (22, None, Some(0))],
        ),
        (vec![], vec![(5, Some(falling), None)]),
        (vec![], vec![(5, Some(rising), None)]),
        (
            vec![],
            vec![
                (5, Some(falling), None),
                (6, Some(rising), None),
                (31, None, Some(0)),
            ],
        ),
    ];
    for (at, (before, changes)) in cases.into_iter().enumerate() {
        let mut unseen = Unseen::new();
        unseen.begin(0, &before);
        let mut open = before;
        let (mut rows, cash) = (Vec::new(), 10_000.0);
        for key in 0..TILE {
            for (_, came, left) in changes.iter().filter(|change| change.0 == key) {
                if let Some(weight) = came {
                    open.push(Some(*weight));
                    unseen.enter(&views, weight);
                }
                if let Some(place) = *left {
                    open.remove(place);
                    unseen.leave(place);
                }
            }
            let (total, worst) = crate::fast::weight::sum_row(&views, &open, key);
            rows.push((cash + total, smaller(cash + total, cash + worst)));
            unseen.cash.push(cash);
        }
        let (most, least, worst) = bounds_of(&mut unseen, &views);
        let top = rows.iter().fold(cash, |most, row| larger(most, row.0));
        let bottom = rows.iter().fold(cash, |least, row| smaller(least, row.0));
        assert!(top > cash || bottom < cash, "case {at} has neither");
        for (key, (equity, equity_worst)) in rows.iter().enumerate() {
            assert!(least <= *equity && *equity <= most, "case {at}, row {key}");
            assert!(worst <= *equity_worst, "case {at}, row {key}");
        }
    }
}

/// Where no price moves the least that equity can be is what it is, but for what hundreds of comings and
/// leavings have left in the sum.
#[test]
fn the_floor_stays_below_equity_whoever_came_and_left() {
    let mut closer = 0;
    for seed in 0..200 {
        let mut numbers = Numbers(seed);
        let closes: Vec<_> = (0..SYMBOLS)
            .map(|_| vec![crooked(&mut numbers); TILE])
            .collect();
        let owned = lanes_along(&closes, 0.0);
        let views = owned.view();
        let mut unseen = Unseen::new();
        let mut open = Vec::<Option<Weight>>::new();
        unseen.begin(0, &open);
        let (cash, mut running) = (100.0 * crooked(&mut numbers), 0.0);
        unseen.floor(&views, 0, cash);
        for _ in 0..400 {
            let gain = |weight: &Weight| weight.gain(views.closing(weight).0.close[0]);
            if open.len() < 2 + numbers.below(6) as usize {
                let mark = numbers.below(SYMBOLS as u64) as usize;
                let weight = long_of(mark, crooked(&mut numbers), crooked(&mut numbers));
                running += gain(&weight);
                unseen.enter(&views, &weight);
                open.push(Some(weight));
            } else {
                let place = numbers.below(open.len() as u64) as usize;
                running -= open.remove(place).as_ref().map_or(0.0, gain);
                unseen.leave(place);
            }
            let equity = cash + unseen.total_at_close(&views, 0);
            let (floor, holds) = unseen.floor(&views, 0, cash);
            assert!(floor <= equity && holds == TILE, "seed {seed}");
            assert!(equity - floor < 1e-3, "seed {seed}: it is of no use");
            closer += usize::from(cash + running > equity);
        }
    }
    assert!(closer > 10_000, "only {closer} sums came out above equity");
}

/// The bounds of the rows that were noted.
fn bounds_of(unseen: &mut Unseen, lanes: &LaneViews<'_>) -> (f64, f64, f64) {
    let rows = Rows {
        lanes,
        open: &unseen.open,
        spans: &unseen.spans,
        cash: &unseen.cash,
        from: unseen.from,
    };
    unseen.nearly.bounds(&rows)
}

/// Those of an account that has seen falls so deep, and has come back by half of them.
fn maxima(depth: f64) -> Maxima {
    Maxima {
        initial_balance: 10_000.0,
        max_equity: 10_000.0 + (depth / 2.0),
        max_drawdown: depth,
        max_drawdown_worst: depth,
        initial_max_drawdown: depth,
    }
}

#[test]
fn prop_tiles_show_the_maxima_what_their_rows_would() {
    let (mut bounded, mut idle) = (0, 0);
    for seed in 0..300 {
        let mut numbers = Numbers(seed);
        let owned = lanes(&mut numbers);
        let views = owned.view();
        let ways = ways(&owned);
        let mut unseen = Unseen::letting_wait(1 + seed as usize % 7);
        let (mut open, mut cash) = (Vec::<Option<Weight>>::new(), 10_000.0);
        let mut stale_rows = 0;
        let depth = [0.0, 600.0, 2_400.0][seed as usize % 3];
        let (mut ours, mut theirs) = (maxima(depth), maxima(depth));
        unseen.begin(0, &open);
        // The rows of the tile as they are one by one.
        let mut rows = Vec::new();
        for key in 0..KEYS {
            if numbers.below(12) == 0 && open.len() < 8 {
                open.push(Some(filled(&mut numbers, &views, key)));
                cash -= 0.35;
            }
            if numbers.below(14) == 0 && !open.is_empty() {
                let place = numbers.below(open.len() as u64) as usize;
                let (side, _) = views.closing(&open[place].expect("it is open"));
                cash += open
                    .remove(place)
                    .map_or(0.0, |of| of.gain(side.close[key]));
            }
            unseen.sync(&views, &open);
            let (total, worst) = crate::fast::weight::sum_row(&views, &open, key);
            let equity = cash + total;
            let equity_worst = smaller(equity, cash + worst);
            theirs.see(equity, equity_worst);
            rows.push((equity, equity_worst));
            let (floor, holds) = unseen.floor(&views, key, cash);
            assert!(floor <= equity && key < holds, "seed {seed}, key {key}");
            if rows.len() == TILE {
                // What the last key adds is in the tile before it is seen.
                unseen.cash.push(cash);
                let (most, least, worst) = bounds_of(&mut unseen, &views);
                unseen.cash.pop();
                for (equity, equity_worst) in rows.drain(..) {
                    assert!(least <= equity && equity <= most, "seed {seed}, key {key}");
                    assert!(worst <= equity_worst, "seed {seed}, key {key}");
                }
                idle += usize::from(!ours.matters(most, least, worst));
                bounded += 1;
            }
            let mut seen = Seen {
                maxima: ours,
                stale_rows: &mut stale_rows,
            };
            unseen.note((&views, &ways), (key, key + 1), cash, &mut seen);
            ours = seen.maxima;
        }
        let mut seen = Seen {
            maxima: ours,
            stale_rows: &mut stale_rows,
        };
        unseen.finish((&views, &ways), &mut seen);
        assert_eq!(seen.maxima, theirs, "seed {seed}");
    }
    assert!(
        idle > bounded / 4,
        "only {idle} of {bounded} tiles were left out"
    );
}
