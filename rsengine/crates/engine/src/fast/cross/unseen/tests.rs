//! Bounds of a tile hold whoever came and left in it, and what the maxima see are its rows.

use std::sync::Arc;

use super::*;
use crate::candles::{Candle, CandleColumns};
use crate::fast::Lanes;
use crate::holdings::EntryNumbers;
use crate::keys::Sides;
use crate::positions::FillAt;
use crate::signals::Direction;

const SYMBOLS: usize = 5;
const KEYS: usize = 6 * TILE;

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
    let all: Arc<[bool]> = vec![true; KEYS].into();
    let sides = lanes.sides.iter();
    let whole = sides.map(|(bid, ask)| {
        let (bid, ask) = (Arc::clone(bid), Arc::clone(ask));
        Way::of(&Sides::whole("EURUSD".into(), bid, ask, &all), 0)
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
        let mut unseen = Unseen::new();
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
                let (most, least, worst) = unseen.bounds(&views, (key + 1 - TILE, key + 1));
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
        assert_eq!(ours, theirs, "seed {seed}");
    }
    assert!(
        idle > bounded / 4,
        "only {idle} of {bounded} tiles were left out"
    );
}
