//! The same function of many things on all cores: results in order, equal for any number of threads.

use std::num::NonZero;

/// `f` of every item, in order.
pub fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let f = &f;
        let work = |part| scope.spawn(move || -> Vec<R> { <[T]>::iter(part).map(f).collect() });
        let workers: Vec<_> = items.chunks(share).map(work).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<R>>| match worker.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().flat_map(join).collect()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stand_in_order() {
        let squares = super::map(&(0..1000).collect::<Vec<u64>>(), |x| x * x);
        assert_eq!(squares, (0..1000).map(|x| x * x).collect::<Vec<u64>>());
        assert!(super::map(&[0_u8; 0], |x| *x).is_empty());
    }
}
