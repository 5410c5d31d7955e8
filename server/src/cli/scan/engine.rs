//! One thread reads, all cores scan, and what is found comes in the order of the files: with memory for a window of work.

use std::{
    collections::BTreeMap,
    io,
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread,
};

use vault_privacy::ScanError;

use super::{
    finding::Finding,
    read::{Content, Reader, Source},
    text::Overlaps,
    work::{Found, Scanner, Work},
};

/// How many pieces of work are under way, for each thread that scans.
const WINDOW_PER_THREAD: usize = 4;

/// What is told of the sources, in their order.
#[derive(Debug)]
pub(super) enum Told {
    /// The next source begins.
    Begun(usize),
    /// Found in it.
    Found(Finding),
    /// What a piece of it holds is not known.
    Failed(ScanError),
    /// It was read, or could not be.
    Ended(io::Result<Content>),
}

/// What the threads say, each with its number in the order.
enum Said {
    Begun(usize),
    Found(Result<Vec<Found>, ScanError>),
    Ended(io::Result<Content>),
}

type Numbered<T> = (u64, T);

/// Scans sources with so many threads, and tells of them in order; ends early with the error of `tell`.
///
/// # Errors
/// That of `tell`.
pub(super) fn scan<E>(
    scanner: Scanner<'_>,
    threads: NonZeroUsize,
    sources: &[Source],
    mut reader: Reader<'_>,
    tell: &mut dyn FnMut(Told) -> Result<(), E>,
) -> Result<(), E> {
    let window = threads.get() * WINDOW_PER_THREAD;
    let (places, free) = sync_channel::<()>(window);
    let (work, waiting) = sync_channel::<Numbered<Work>>(window);
    let (said, heard) = channel::<Numbered<Said>>();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..threads.get() {
            let (waiting, said) = (&waiting, said.clone());
            scope.spawn(move || scan_waiting(scanner, waiting, &said));
        }
        let desk = Desk {
            places,
            work,
            said,
            next: 0,
        };
        scope.spawn(move || desk.read_all(sources, &mut reader));
        let ear = Ear { heard, places: free };
        ear.tell_in_order(tell)
    })
}

/// Scans what waits, until there is no more.
fn scan_waiting(
    scanner: Scanner<'_>,
    waiting: &Mutex<Receiver<Numbered<Work>>>,
    said: &Sender<Numbered<Said>>,
) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, work)) = next else { return };
        if said.send((number, Said::Found(scanner.scan(work)))).is_err() {
            return;
        }
    }
}

/// Where work is handed out.
struct Desk {
    /// Each message holds a place in the window until it was told.
    places: SyncSender<()>,
    work: SyncSender<Numbered<Work>>,
    said: Sender<Numbered<Said>>,
    next: u64,
}

impl Desk {
    fn read_all(mut self, sources: &[Source], reader: &mut Reader<'_>) {
        for (index, source) in sources.iter().enumerate() {
            if !self.say(Said::Begun(index)) {
                return;
            }
            let read = reader.read(source, &mut |work| self.hand_out(work));
            if !self.say(Said::Ended(read)) {
                return;
            }
        }
    }

    fn hand_out(&mut self, work: Work) -> bool {
        self.number()
            .is_some_and(|number| self.work.send((number, work)).is_ok())
    }

    fn say(&mut self, said: Said) -> bool {
        self.number()
            .is_some_and(|number| self.said.send((number, said)).is_ok())
    }

    /// The next number, when there is a place in the window.
    fn number(&mut self) -> Option<u64> {
        self.places.send(()).ok()?;
        self.next += 1;
        Some(self.next - 1)
    }
}

/// Where what was said is heard. Dropping it ends the others.
struct Ear {
    heard: Receiver<Numbered<Said>>,
    places: Receiver<()>,
}

impl Ear {
    fn tell_in_order<E>(self, tell: &mut dyn FnMut(Told) -> Result<(), E>) -> Result<(), E> {
        let mut early: BTreeMap<u64, Said> = BTreeMap::new();
        let mut next = 0;
        let mut texts = Texts::default();
        for (number, said) in &self.heard {
            early.insert(number, said);
            while let Some(said) = early.remove(&next) {
                next += 1;
                _ = self.places.try_recv();
                match said {
                    Said::Begun(index) => tell(Told::Begun(index))?,
                    Said::Ended(read) => tell(Told::Ended(read))?,
                    Said::Found(Err(error)) => tell(Told::Failed(error))?,
                    Said::Found(Ok(all)) => {
                        for found in all.into_iter().filter(|found| texts.is_new(found)) {
                            tell(Told::Found(found.finding))?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// The text that findings come from.
#[derive(Debug, Default)]
struct Texts {
    text: u64,
    overlaps: Overlaps,
}

impl Texts {
    fn is_new(&mut self, found: &Found) -> bool {
        let Some((text, bytes)) = &found.in_text else {
            return true;
        };
        if *text != self.text {
            *self = Self {
                text: *text,
                overlaps: Overlaps::default(),
            };
        }
        self.overlaps.is_new(bytes)
    }
}
