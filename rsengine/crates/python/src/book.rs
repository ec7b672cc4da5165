//! The Python objects that belong to one `Core`: one position object for each slot.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use fillproof_engine::core::Core;
use fillproof_engine::holdings::Holding;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyWeakrefMethods, PyWeakrefReference};

use crate::executor::PyExecutor;
use crate::position::PyPosition;
use crate::shared::Shared;

/// Owns the objects handed out for one `Core`. A Python object itself, so that executor and
/// portfolio can both refer to it and a garbage collection still counts each reference once.
#[pyclass(frozen, weakref, module = "rsengine._rsengine")]
pub struct Book {
    pub shared: Arc<Shared>,
    table: Mutex<Table>,
    this: OnceLock<BookRef>,
}

/// The way from a position to the book that owns it, which keeps nothing alive.
pub struct BookRef(Py<PyWeakrefReference>);

impl BookRef {
    /// The book, if it is still there.
    pub fn upgrade<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Book>> {
        let found = self.0.bind(py).upgrade_as::<Book>();
        found.ok().flatten()
    }

    fn clone_ref(&self, py: Python<'_>) -> Self {
        Self(self.0.clone_ref(py))
    }
}

/// Slots that are compared without an allocation.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct FewSlots {
    slots: [u32; 8],
    len: usize,
}

impl FewSlots {
    /// Adds a slot; false where there is no room.
    #[inline]
    pub fn push(&mut self, slot: u32) -> bool {
        let place = self.slots.get_mut(self.len);
        let has_room = place.is_some();
        if let Some(place) = place {
            *place = slot;
            self.len += 1;
        }
        has_room
    }
}

#[derive(Default)]
struct Table {
    positions: Vec<Option<Py<PyPosition>>>,
    metadata: HashMap<u32, Py<PyDict>>,
    // Objects of other makers, by number and by address (they are kept, so addresses stay theirs).
    objects: Vec<Py<PyAny>>,
    numbers: HashMap<usize, u64>,
    // The executors, by weak references: they hold the book.
    executors: HashMap<usize, Py<PyWeakrefReference>>,
    // active_positions of each executor by its place, with the version it was made for.
    active: Vec<Option<(u64, Py<PyTuple>)>>,
    // A few slots, and their objects.
    few: Option<(FewSlots, Py<PyTuple>)>,
}

impl Book {
    pub fn make(py: Python<'_>, shared: Arc<Shared>) -> PyResult<Py<Self>> {
        let book = Self {
            shared,
            table: Mutex::default(),
            this: OnceLock::new(),
        };
        let book = Bound::new(py, book)?;
        let reference = PyWeakrefReference::new(book.as_any())?;
        let refused = book.get().this.set(BookRef(reference.unbind()));
        drop(refused);
        Ok(book.unbind())
    }

    /// As with `Shared`: nothing of Python may be made or dropped while the guard lives.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the notes of a signal for the position that it may become.
    pub fn keep_metadata(&self, slot: u32, metadata: Py<PyDict>) {
        let replaced = self.table().metadata.insert(slot, metadata);
        drop(replaced);
    }

    /// The one object of a slot, made when it is first asked for.
    pub fn position<'py>(&self, py: Python<'py>, slot: u32) -> PyResult<Bound<'py, PyPosition>> {
        let place = slot as usize;
        let metadata = {
            let table = self.table();
            if let Some(Some(position)) = table.positions.get(place) {
                return Ok(position.clone_ref(py).into_bound(py));
            }
            table.metadata.get(&slot).map(|dict| dict.clone_ref(py))
        };
        let metadata = match metadata {
            Some(metadata) => Some(metadata),
            None => self.notes_of_whole(py, slot)?,
        };
        let book = self.this.get().map(|book| book.clone_ref(py));
        let made = PyPosition::new(Arc::clone(&self.shared), slot, metadata, book);
        let made = Bound::new(py, made)?;
        let mut table = self.table();
        if table.positions.len() <= place {
            table.positions.resize_with(place + 1, || None);
        }
        // Making it may have run code that made it too; the first one stays.
        let entry = &mut table.positions[place];
        let kept = match entry {
            Some(first) => first.clone_ref(py),
            None => {
                *entry = Some(made.clone().unbind());
                made.clone().unbind()
            }
        };
        drop(table);
        Ok(kept.into_bound(py))
    }

    /// A copy of the notes of the position that a slot is a part of.
    fn notes_of_whole(&self, py: Python<'_>, slot: u32) -> PyResult<Option<Py<PyDict>>> {
        let whole = self.shared.read_settled(|core| {
            let part = core.positions.get(slot as usize).filter(|p| p.part != 0)?;
            core.executors.get(part.owner?)?.order_slot(part.order_id)
        });
        match whole {
            Some(whole) => {
                let notes = self.position(py, whole)?.get().metadata(py)?;
                Ok(Some(notes.copy()?.unbind()))
            }
            None => Ok(None),
        }
    }

    /// Keeps an object of another maker and returns its number, the same for the same object.
    pub fn keep(&self, object: &Bound<'_, PyAny>) -> u64 {
        let address = object.as_ptr() as usize;
        let reference = object.clone().unbind();
        let mut table = self.table();
        if let Some(number) = table.numbers.get(&address) {
            let number = *number;
            drop(table);
            drop(reference);
            return number;
        }
        let number = table.objects.len() as u64;
        table.objects.push(reference);
        table.numbers.insert(address, number);
        number
    }

    /// The object that a portfolio holds.
    pub fn holding<'py>(&self, py: Python<'py>, holding: Holding) -> PyResult<Bound<'py, PyAny>> {
        match holding {
            Holding::Own(slot) => Ok(self.position(py, slot)?.into_any()),
            Holding::Foreign(number) => {
                let table = self.table();
                let place = usize::try_from(number).expect("numbers count objects in memory");
                Ok(table.objects[place].clone_ref(py).into_bound(py))
            }
        }
    }

    /// The objects of several holdings.
    pub fn holdings<'py>(
        &self,
        py: Python<'py>,
        holdings: Vec<Holding>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let each = holdings
            .into_iter()
            .map(|holding| self.holding(py, holding));
        each.collect()
    }

    /// Keeps the way to an executor of the `Core`.
    pub fn keep_executor(&self, place: usize, executor: &Bound<'_, PyExecutor>) -> PyResult<()> {
        let reference = PyWeakrefReference::new(executor.as_any())?.unbind();
        let replaced = self.table().executors.insert(place, reference);
        drop(replaced);
        Ok(())
    }

    /// An executor of the `Core`, if anybody still holds it.
    pub fn executor<'py>(
        &self,
        py: Python<'py>,
        place: usize,
    ) -> PyResult<Option<Bound<'py, PyExecutor>>> {
        let reference = {
            let table = self.table();
            table.executors.get(&place).map(|found| found.clone_ref(py))
        };
        match reference {
            Some(reference) => Ok(reference.bind(py).upgrade_as::<PyExecutor>()?),
            None => Ok(None),
        }
    }

    /// The active positions of an executor: the same tuple until they change.
    #[inline]
    pub fn active<'py>(&self, py: Python<'py>, executor: usize) -> PyResult<Bound<'py, PyTuple>> {
        let version = |core: &Core| core.executors[executor].version();
        let version = self.shared.read_settled(version);
        if let Some(Some((made_for, tuple))) = self.table().active.get(executor)
            && *made_for == version
        {
            return Ok(tuple.clone_ref(py).into_bound(py));
        }
        self.active_anew(py, executor)
    }

    /// The objects of a few slots: the same tuple for the same ones.
    #[inline]
    pub fn few<'py>(&self, py: Python<'py>, few: &FewSlots) -> PyResult<Bound<'py, PyTuple>> {
        if let Some((known, tuple)) = &self.table().few
            && known == few
        {
            return Ok(tuple.clone_ref(py).into_bound(py));
        }
        let slots = few.slots[..few.len].iter();
        let positions: Vec<_> = slots
            .map(|&slot| self.position(py, slot))
            .collect::<PyResult<_>>()?;
        let tuple = PyTuple::new(py, positions)?;
        let replaced = self.table().few.replace((*few, tuple.clone().unbind()));
        drop(replaced);
        Ok(tuple)
    }

    fn active_anew<'py>(&self, py: Python<'py>, executor: usize) -> PyResult<Bound<'py, PyTuple>> {
        let (version, slots) = self.shared.read_settled(|core| {
            let executor = &core.executors[executor];
            (executor.version(), executor.active_positions().to_vec())
        });
        let mut positions = Vec::with_capacity(slots.len());
        for slot in slots {
            positions.push(self.position(py, slot)?);
        }
        let tuple = PyTuple::new(py, positions)?;
        let entry = (version, tuple.clone().unbind());
        let mut table = self.table();
        if table.active.len() <= executor {
            table.active.resize_with(executor + 1, || None);
        }
        let replaced = table.active[executor].replace(entry);
        drop(table);
        drop(replaced);
        Ok(tuple)
    }
}

#[pymethods]
impl Book {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let table = self.table();
        for position in table.positions.iter().flatten() {
            visit.call(position)?;
        }
        for metadata in table.metadata.values() {
            visit.call(metadata)?;
        }
        for object in &table.objects {
            visit.call(object)?;
        }
        for (_, tuple) in table.active.iter().flatten() {
            visit.call(tuple)?;
        }
        if let Some((_, tuple)) = &table.few {
            visit.call(tuple)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let emptied = std::mem::take(&mut *self.table());
        drop(emptied);
    }
}
