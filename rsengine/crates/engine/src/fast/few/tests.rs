//! A few positions: what the lines find is what a look at each row finds.

use std::sync::Arc;

use super::*;
use crate::candles::{Candle, CandleColumns};
use crate::fast::Weight;
use crate::fast::tile::Lanes;
use crate::holdings::EntryNumbers;
use crate::positions::FillAt;
use crate::signals::Direction;

/// Numbers without a pattern, below so many.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// A walk in points, whose spread is held, or now and then another.
fn lanes(dice: &mut Dice, bars: usize, spreads: u64) -> Lanes {
    let mut close = 100_000_u64;
    let (mut bids, mut asks) = (Vec::new(), Vec::new());
    for bar in 0..bars {
        close = close + dice.below(29) - 14;
        let (above, below) = (dice.below(9), dice.below(9));
        let candle = |spread: u64| {
            let price = |points: u64| (points + spread) as f64 / 1e5;
            Candle {
                time_us: bar as i64 * 60_000_000,
                open: price(close),
                high: price(close + above),
                low: price(close - below),
                close: price(close),
                volume: 0.0,
            }
        };
        bids.push(candle(0));
        asks.push(candle(8 + dice.below(spreads)));
    }
    let times: Vec<i64> = bids.iter().map(|candle| candle.time_us).collect();
    let side = |candles: &[Candle]| Arc::new(CandleColumns::from_candles(candles));
    Lanes {
        time_us: Arc::new(times),
        sides: vec![(side(&bids), side(&asks))],
    }
}

fn weight(dice: &mut Dice, ways: u64) -> Weight {
    let lots = (1 + dice.below(3)) as f64 / 10.0;
    let numbers = EntryNumbers {
        symbol: "EURUSD".into(),
        direction: if dice.below(ways) == 0 {
            Direction::Long
        } else {
            Direction::Short
        },
        size: lots,
        entry_price: (100_000 + dice.below(600) - 300) as f64 / 1e5,
        trigger_time_us: -1,
        at: FillAt::Close,
        unit_value: 100_000.0,
        stale_unit: false,
    };
    Weight::of(&numbers, 0)
}

#[test]
fn prop_lines_find_what_a_look_at_each_row_finds() {
    let (mut summed_all, mut changed) = (0, 0);
    for seed in 0..600 {
        let mut dice = Dice(seed);
        let spreads = [1, 1, 5][seed as usize % 3];
        let bars = 700 + dice.below(900) as usize;
        let lanes = lanes(&mut dice, bars, spreads);
        let views = lanes.view();
        let cash = [500.0, 10_000.3, 1e8 + 0.7][dice.below(3) as usize];
        let mut quick = Maxima {
            initial_balance: cash,
            max_equity: cash,
            max_drawdown: 0.0,
            max_drawdown_worst: 0.0,
            initial_max_drawdown: 0.0,
        };
        let mut from = 1;
        while from < bars {
            let far = [3, 90, 900][dice.below(3) as usize];
            let to = bars.min(from + 1 + dice.below(far) as usize);
            let ways = 1 + dice.below(3);
            let count = dice.below(MOST as u64 + 1);
            let mut open: Vec<_> = (0..count).map(|_| Some(weight(&mut dice, ways))).collect();
            if dice.below(4) == 0 {
                open.push(None);
            }
            let stretch = Stretch {
                lanes: &views,
                open: &open,
                cash: cash - (dice.below(50) as f64) / 10.0,
            };
            let mut plain = quick;
            for bar in from..to {
                stretch.see_rows(&mut Tile::new(), &mut plain, None, (bar, bar + 1));
                summed_all += 1;
            }
            let before = quick;
            Few::of(&stretch, from).see(&mut quick, (from, to));
            assert_eq!(quick, plain, "seed {seed}, bars {from} to {to}");
            changed += usize::from(before != quick);
            from = to;
        }
    }
    assert!(summed_all > 500_000, "only {summed_all} rows were tried");
    assert!(changed > 2_000, "only {changed} stretches held an extreme");
}
