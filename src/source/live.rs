//! A stream that is looked at while it is read: what has waited for a moment is handed over before its piece is full.
//!
//! The reader below ([`read_stdin`](super::read_stdin)) sees the same bytes as ever and decides what is found, so nothing
//! depends on when bytes arrive. Besides, complete lines that it has not judged yet are shown to an observer.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::chunk::{CHUNK, OVERLAP, advance};
use super::{Blob, Opening, Start, read_stdin};
use crate::finding::{Coverage, Provenance};

/// How long a line waits at most before it is looked at.
const LATEST: Duration = Duration::from_millis(300);
/// How often a wait looks whether it is to end.
const TICK: Duration = Duration::from_millis(100);
/// Bytes before the new ones that are looked at once more: a credential of several lines may arrive line by line.
const AGAIN: usize = 16 << 10;
/// Bytes that are kept to be looked at, should nobody judge them.
const KEPT: usize = 4 * CHUNK;
/// Bytes read at a time: what a pipe holds.
const READ: usize = 64 << 10;
/// First bytes by which an archive is known.
const HEAD: usize = 512;

/// What a stream gives next.
#[derive(Debug)]
pub enum Next {
    /// Bytes that have arrived.
    Bytes(Vec<u8>),
    /// Nothing within the time that was given.
    Quiet,
    /// Its end, or what went wrong.
    End(io::Result<()>),
}

/// Gives what comes next, waiting as long as told.
pub type Source<'s> = dyn FnMut(Duration) -> Next + 's;
/// Looks at lines. Returns how many bytes of the text it is done with; the rest is shown again with more.
pub type Observer<'s> = dyn FnMut(&Blob<'_>) -> usize + 's;

/// Like [`read_stdin`], with an observer of what has waited for a moment.
///
/// # Errors
/// Whatever the source ends with; what was read before has been handed over.
pub fn read_live(
    (next, look): (&mut Source<'_>, &mut Observer<'_>),
    max_depth: usize,
    coverage: &mut Coverage,
    sink: &mut dyn FnMut(Blob<'_>),
) -> io::Result<u64> {
    let judged = Cell::new((Start::default(), 0));
    let mut input = Live {
        next,
        look,
        judged: &judged,
        pieces: VecDeque::new(),
        first: 0,
        taken: 0,
        looked: 0,
        since: None,
        head: Vec::new(),
        is_text: true,
    };
    read_stdin(&mut input, max_depth, coverage, &mut |blob| {
        if blob.origin == Provenance::Stdin {
            judged.set((blob.start, blob.start.byte + blob.core.end as u64));
        }
        sink(blob);
    })
}

/// Reads `input` on a thread of its own, so that waiting for it can end; `stop` ends it.
///
/// # Panics
/// When no thread can be started.
pub fn waited_for(input: impl Read + Send + 'static, stop: &AtomicBool) -> impl FnMut(Duration) -> Next {
    let (sender, receiver) = sync_channel(16);
    std::thread::spawn(move || send_all(input, &sender));
    move |wait| next_of(&receiver, wait, stop)
}

fn send_all(mut input: impl Read, to: &SyncSender<Next>) {
    loop {
        let mut bytes = vec![0; READ];
        let next = match input.read(&mut bytes) {
            Ok(0) => Next::End(Ok(())),
            Ok(len) => {
                bytes.truncate(len);
                Next::Bytes(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Next::End(Err(error)),
        };
        let ended = matches!(next, Next::End(_));
        // Nobody listens any more where a scan was cut short.
        if to.send(next).is_err() || ended {
            return;
        }
    }
}

fn next_of(receiver: &Receiver<Next>, wait: Duration, stop: &AtomicBool) -> Next {
    let until = Instant::now() + wait;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Next::End(Err(io::Error::other(
                "stopped by an interrupt; what came until then was scanned",
            )));
        }
        let left = until.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left.min(TICK)) {
            Ok(next) => return next,
            Err(RecvTimeoutError::Disconnected) => return Next::End(Ok(())),
            Err(RecvTimeoutError::Timeout) if left <= TICK => return Next::Quiet,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// The reader, and what of it was not judged yet.
struct Live<'l> {
    next: &'l mut Source<'l>,
    look: &'l mut Observer<'l>,
    /// Where the last piece that was judged began, and where its judged part ended.
    judged: &'l Cell<(Start, u64)>,
    /// What was read, from where the last judged piece began.
    pieces: VecDeque<Vec<u8>>,
    /// Where the first of them begins in the stream.
    first: u64,
    /// Bytes of the last of them that were handed on.
    taken: usize,
    /// Up to where was judged or looked at.
    looked: u64,
    /// Since when something waits.
    since: Option<Instant>,
    head: Vec<u8>,
    /// Whether the stream is no archive, as far as is known.
    is_text: bool,
}

impl Read for Live<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let ready = self.pieces.back().map(|piece| &piece[self.taken..]).unwrap_or_default();
            if !ready.is_empty() {
                let len = ready.len().min(out.len());
                out[..len].copy_from_slice(&ready[..len]);
                self.taken += len;
                return Ok(len);
            }
            self.forget();
            let wait = self.since.map_or(LATEST, |since| LATEST.saturating_sub(since.elapsed()));
            match (self.next)(wait) {
                Next::Bytes(bytes) => self.take(bytes),
                Next::Quiet => self.look(),
                Next::End(result) => return result.map(|()| 0),
            }
        }
    }
}

impl Live<'_> {
    fn take(&mut self, bytes: Vec<u8>) {
        if self.head.len() < HEAD {
            self.head.extend(&bytes[..bytes.len().min(HEAD - self.head.len())]);
            self.is_text = Opening::of(&self.head, b"").is_none();
        }
        let due = self.since.is_some_and(|since| since.elapsed() >= LATEST);
        self.since = self.since.or_else(|| Some(Instant::now()));
        self.pieces.push_back(bytes);
        self.taken = 0;
        if due {
            self.look();
        }
    }

    /// Where what was read ends in the stream.
    fn end(&self) -> u64 {
        self.first + self.pieces.iter().map(|piece| piece.len() as u64).sum::<u64>()
    }

    /// Drops what was judged, all but the surroundings of what follows.
    fn forget(&mut self) {
        let (start, judged) = self.judged.get();
        if judged > self.looked {
            self.looked = judged;
            self.since = (self.end() > judged).then(Instant::now);
        }
        let kept = if self.is_text { KEPT as u64 } else { 0 };
        let keep = start.byte.max(self.end().saturating_sub(kept));
        while self.pieces.front().is_some_and(|piece| self.first + piece.len() as u64 <= keep) {
            self.first += self.pieces.pop_front().map_or(0, |piece| piece.len() as u64);
        }
    }

    /// Shows the complete lines that were not looked at, if there are any.
    fn look(&mut self) {
        self.since = None;
        let (start, _) = self.judged.get();
        // Where nobody judges what is read, it is no text.
        if !self.is_text || self.first > start.byte {
            return;
        }
        let text = self.pieces.make_contiguous().concat();
        let text = &text[(start.byte - self.first) as usize..];
        let looked = (self.looked - start.byte) as usize;
        let Some(end) = memchr::memrchr(b'\n', &text[looked.min(text.len())..]).map(|at| looked + at + 1)
        else {
            return;
        };
        let done = self.show(text, start, looked.saturating_sub(AGAIN)..end);
        self.looked = self.looked.max(start.byte + done as u64);
    }

    /// Returns up to where of the text the observer is done.
    fn show(&mut self, text: &[u8], mut start: Start, core: Range<usize>) -> usize {
        let from = core.start.saturating_sub(OVERLAP);
        advance(&mut start, &text[..from]);
        let (bytes, core) = (&text[from..core.end], core.start - from..core.end - from);
        from + (self.look)(&Blob { bytes, origin: Provenance::Stdin, core, start })
    }
}
