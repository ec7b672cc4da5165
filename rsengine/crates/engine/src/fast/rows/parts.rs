//! The columns of equity rows a part at a time: whoever hashes or writes them needs no more at once.

use super::EquityRows;
use crate::fast::slots::Told;
use crate::holdings::EquityColumns;
use crate::portfolio::Portfolio;

impl Portfolio {
    /// The rows as they are now, of which a look at the columns copies none that were written.
    #[must_use]
    pub fn take_note(&mut self) -> EquityRows {
        self.rows.flush();
        self.rows.share();
        self.rows.clone()
    }
}

impl EquityRows {
    /// Lets clones share what is only noted.
    fn share(&mut self) {
        self.journal = self.journal.take().map(super::Kept::share);
    }

    /// Gives all rows in order, as the columns of about so many of them at a time.
    pub fn each_part(&self, rows: usize, mut take: impl FnMut(&EquityColumns)) {
        let journal = match &self.journal {
            Some(kept) if self.made.get().is_none() => kept.get(),
            _ => return take(self.columns()),
        };
        take(&self.written.part(0, self.written.len().saturating_sub(1)));
        // The last row may be replaced by the next one.
        let mut part = self
            .written
            .part(self.written.len().saturating_sub(1), self.written.len());
        let told = |part: &mut EquityColumns| {
            if part.len() > rows {
                let last = part.part(part.len() - 1, part.len());
                part.truncate(part.len() - 1);
                take(part);
                *part = last;
            }
        };
        journal.make(&journal.start(), usize::MAX, Told(&mut part, told));
        take(&part);
    }
}
