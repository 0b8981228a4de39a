//! A library that is loaded before a program's own (`LD_PRELOAD`) and makes its reading fail.
//!
//! `FAULT_PATH` is a part of the paths that are meant, `FAULT_KIND` what happens to them: `open` and `list` fail with
//! `FAULT_ERRNO`, `read` does so from byte `FAULT_AFTER` on, `short` gives a few bytes at a time, and `interrupted` makes each
//! second read fail as a signal would. Built by the tests with rustc, since that is always there.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn getenv(name: *const c_char) -> *const c_char;
    fn readlink(path: *const c_char, into: *mut c_char, len: usize) -> isize;
    fn lseek64(fd: c_int, offset: i64, whence: c_int) -> i64;
    fn __errno_location() -> *mut c_int;
}

const NEXT: *mut c_void = usize::MAX as *mut c_void;
const EINTR: c_int = 4;

/// Bytes read of what has no position, by descriptor.
static READ: [AtomicU64; 64] = [const { AtomicU64::new(0) }; 64];
static CALLS: AtomicU64 = AtomicU64::new(0);

fn variable(name: &CStr) -> &'static [u8] {
    let value = unsafe { getenv(name.as_ptr()) };
    if value.is_null() { b"" } else { unsafe { CStr::from_ptr(value) }.to_bytes() }
}

fn number(name: &CStr) -> u64 {
    variable(name).iter().fold(0, |all, digit| all * 10 + u64::from(digit - b'0'))
}

fn is_meant(path: &[u8], kind: &[u8]) -> bool {
    let part = variable(c"FAULT_PATH");
    !part.is_empty() && variable(c"FAULT_KIND") == kind && path.windows(part.len()).any(|at| at == part)
}

fn is_meant_fd(fd: c_int, kind: &[u8]) -> bool {
    let (link, mut path) = (format!("/proc/self/fd/{fd}\0"), [0u8; 4096]);
    let len = unsafe { readlink(link.as_ptr().cast(), path.as_mut_ptr().cast(), path.len()) };
    len > 0 && is_meant(&path[..len as usize], kind)
}

fn fail(with: c_int) {
    unsafe { *__errno_location() = with };
}

fn failure() -> c_int {
    number(c"FAULT_ERRNO") as c_int
}

/// How much of `len` bytes may be read at `at`; nothing if it fails.
fn allowed(fd: c_int, at: u64, len: usize) -> Option<usize> {
    if is_meant_fd(fd, b"short") {
        return Some(len.min(1 + (CALLS.fetch_add(1, Ordering::Relaxed) % 700) as usize));
    }
    if is_meant_fd(fd, b"interrupted") && CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
        fail(EINTR);
        return None;
    }
    let left = match is_meant_fd(fd, b"read") {
        true => number(c"FAULT_AFTER").saturating_sub(at),
        false => return Some(len),
    };
    if left == 0 && len > 0 {
        fail(failure());
        return None;
    }
    Some(len.min(left as usize))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn read(fd: c_int, into: *mut c_void, len: usize) -> isize {
    type Read = unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize;
    let real: Read = unsafe { std::mem::transmute(dlsym(NEXT, c"read".as_ptr())) };
    let count = READ.get(fd as usize);
    let position = unsafe { lseek64(fd, 0, 1) };
    let at = u64::try_from(position).unwrap_or_else(|_| count.map_or(0, |count| count.load(Ordering::Relaxed)));
    let Some(len) = allowed(fd, at, len) else { return -1 };
    let got = unsafe { real(fd, into, len) };
    if let (Some(count), true) = (count, got > 0 && position < 0) {
        count.fetch_add(got as u64, Ordering::Relaxed);
    }
    got
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pread64(fd: c_int, into: *mut c_void, len: usize, at: i64) -> isize {
    type Read = unsafe extern "C" fn(c_int, *mut c_void, usize, i64) -> isize;
    let real: Read = unsafe { std::mem::transmute(dlsym(NEXT, c"pread64".as_ptr())) };
    match allowed(fd, at as u64, len) {
        Some(len) => unsafe { real(fd, into, len, at) },
        None => -1,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: u32) -> c_int {
    type Open = unsafe extern "C" fn(*const c_char, c_int, u32) -> c_int;
    let real: Open = unsafe { std::mem::transmute(dlsym(NEXT, c"open64".as_ptr())) };
    if is_meant(unsafe { CStr::from_ptr(path) }.to_bytes(), b"open") {
        fail(failure());
        return -1;
    }
    unsafe { real(path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opendir(path: *const c_char) -> *mut c_void {
    type Open = unsafe extern "C" fn(*const c_char) -> *mut c_void;
    let real: Open = unsafe { std::mem::transmute(dlsym(NEXT, c"opendir".as_ptr())) };
    if is_meant(unsafe { CStr::from_ptr(path) }.to_bytes(), b"list") {
        fail(failure());
        return std::ptr::null_mut();
    }
    unsafe { real(path) }
}
