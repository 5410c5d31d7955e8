use std::net::IpAddr;

use governor::clock::FakeRelativeClock;
use proptest::prelude::*;

use super::*;

fn limiter(
    requests: u32,
    period_s: u32,
    max_keys: usize,
) -> (RateLimiter<u32, FakeRelativeClock>, FakeRelativeClock) {
    let limit = RateLimit {
        requests: NonZeroU32::new(requests).expect("is not zero"),
        period_s: NonZeroU32::new(period_s).expect("is not zero"),
    };
    let clock = FakeRelativeClock::default();
    (RateLimiter::with_clock(limit, max_keys, clock.clone()), clock)
}

#[test]
fn five_a_minute_come_at_once_and_the_sixth_waits() {
    let (limiter, clock) = limiter(5, 60, 100);
    for remaining in (0..5).rev() {
        let state = limiter.check(&1);
        assert!(state.allowed());
        assert_eq!(
            (state.limit, state.remaining, state.reset_s),
            (5, remaining, (5 - remaining) * 12)
        );
    }
    let state = limiter.check(&1);
    assert!(!state.allowed());
    assert_eq!(
        (state.remaining, state.reset_s, state.retry_after_s),
        (0, 60, NonZeroU32::new(12))
    );
    clock.advance(Duration::from_millis(11_999));
    assert_eq!(limiter.check(&1).retry_after_s, NonZeroU32::new(1));
    clock.advance(Duration::from_millis(1));
    assert!(limiter.check(&1).allowed());
    assert!(!limiter.check(&1).allowed());
}

#[test]
fn another_limit_holds_from_when_it_is_set() {
    let (limiter, _) = limiter(1, 60, 100);
    assert!(limiter.check(&1).allowed() && !limiter.check(&1).allowed());
    limiter.set_limit(RateLimit {
        requests: NonZeroU32::new(2).expect("is not zero"),
        period_s: NonZeroU32::MIN,
    });
    let state = limiter.check(&1);
    assert_eq!((state.limit, state.period_s, state.remaining), (2, 1, 1));
    assert!(limiter.check(&1).allowed() && !limiter.check(&1).allowed());
}

#[test]
fn every_key_has_its_own_allowance() {
    let (limiter, _) = limiter(1, 60, 100);
    assert!(limiter.check(&1).allowed());
    assert!(limiter.check(&2).allowed());
    assert!(!limiter.check(&1).allowed());
}

#[test]
fn idle_keys_are_forgotten_and_busy_ones_are_not() {
    let (limiter, clock) = limiter(2, 60, 1000);
    for key in 0..100 {
        limiter.check(&key);
    }
    clock.advance(Duration::from_secs(50));
    assert!(limiter.check(&7).allowed() && limiter.check(&7).allowed());
    clock.advance(Duration::from_secs(15));
    limiter.forget_idle();
    assert_eq!(limiter.counts.load().cells.len(), 1);
    assert!(!limiter.check(&7).allowed());
}

#[test]
fn memory_stays_bounded_and_the_limited_are_the_last_to_be_forgotten() {
    let (limiter, _) = limiter(100, 60, 640);
    for _ in 0..101 {
        limiter.check(&u32::MAX);
    }
    assert!(!limiter.check(&u32::MAX).allowed());
    for key in 0..100_000 {
        limiter.check(&key);
    }
    assert!(limiter.counts.load().cells.len() <= 640);
    assert!(!limiter.check(&u32::MAX).allowed());
}

#[test]
fn the_addresses_of_one_ipv6_network_count_together() {
    let network = |text: &str| ClientNetwork::from(text.parse::<IpAddr>().expect("is an address"));
    assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
    assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    assert_ne!(network("192.0.2.2"), network("192.0.2.1"));
}

proptest! {
    #[test]
    fn no_more_than_the_limit_and_what_flows_back_is_ever_allowed(
        requests in 1_u32..50,
        period_s in 1_u32..100,
        steps_ms in prop::collection::vec(0_u64..3000, 1..200),
    ) {
        let (limiter, clock) = limiter(requests, period_s, 10);
        let mut allowed = 0_u64;
        let mut elapsed_ms = 0;
        for step_ms in steps_ms {
            clock.advance(Duration::from_millis(step_ms));
            elapsed_ms += step_ms;
            let state = limiter.check(&1);
            allowed += u64::from(state.allowed());
            prop_assert!(state.remaining <= requests);
            prop_assert!(state.reset_s <= period_s);
            prop_assert!(state.retry_after_s.is_none_or(|wait_s| wait_s.get() <= period_s));
        }
        prop_assert!(allowed <= u64::from(requests) + elapsed_ms * u64::from(requests) / (u64::from(period_s) * 1000) + 1);
    }
}
