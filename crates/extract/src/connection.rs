//! The connection first, then the slot.
//!
//! Opening a connection takes some round trips, TLS most of them. If a call took its slot and
//! opened a connection then, it would arrive that much later, and too close to the calls after
//! it. So a connection that took long to open makes its call wait for a fresh slot; the first one
//! is lost, which only makes us slower. Whoever holds the turn keeps it meanwhile.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, timeout};
use tower_layer::Layer;
use tower_service::Service;

use crate::error::Cause;
use crate::gate::Gate;

/// An opening that took no longer does not count as a delay.
const UNNOTICED: Duration = Duration::from_millis(20);

/// Puts [`SlotAfterConnect`] around reqwest's connector.
#[derive(Clone)]
pub(crate) struct SlotAfterConnectLayer {
    pub(crate) gate: Arc<Gate>,
    /// How long opening may take, TLS included, slots not.
    pub(crate) timeout: Duration,
}

impl<S> Layer<S> for SlotAfterConnectLayer {
    type Service = SlotAfterConnect<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SlotAfterConnect { inner, gate: Arc::clone(&self.gate), timeout: self.timeout }
    }
}

/// A connector that takes a fresh slot when opening took long.
#[derive(Clone)]
pub(crate) struct SlotAfterConnect<S> {
    inner: S,
    gate: Arc<Gate>,
    timeout: Duration,
}

impl<S, R> Service<R> for SlotAfterConnect<S>
where
    S: Service<R, Error = Cause>,
    S::Response: Send,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = Cause;
    type Future = BoxFuture<'static, Result<S::Response, Cause>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let (gate, limit) = (Arc::clone(&self.gate), self.timeout);
        let connecting = gate.connecting();
        let opening = self.inner.call(target);
        Box::pin(async move {
            let began = Instant::now();
            let connection = timeout(limit, opening).await??;
            if began.elapsed() > UNNOTICED {
                gate.urgent_slot().await?;
            }
            drop(connecting);
            Ok(connection)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::{Pace, PaceError};
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Default)]
    struct Counting(AtomicU32);

    impl Pace for Counting {
        fn slot(&self, _: Duration) -> BoxFuture<'_, Result<(), PaceError>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(()) })
        }

        fn throttled(&self, _: Option<Duration>) -> BoxFuture<'_, Result<Duration, PaceError>> {
            Box::pin(async { Ok(Duration::ZERO) })
        }
    }

    /// A connector that takes as long as it is told.
    struct Slow;

    impl Service<Duration> for Slow {
        type Response = ();
        type Error = Cause;
        type Future = BoxFuture<'static, Result<(), Cause>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cause>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, takes: Duration) -> Self::Future {
            Box::pin(async move {
                tokio::time::sleep(takes).await;
                Ok(())
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_slow_opening_takes_another_slot() {
        let pace = Arc::new(Counting::default());
        let gate = Arc::new(Gate::new(Arc::<Counting>::clone(&pace), f64::INFINITY));
        let timeout = Duration::from_secs(10);
        let mut connector = SlotAfterConnectLayer { gate: Arc::clone(&gate), timeout }.layer(Slow);

        connector.call(Duration::from_millis(10)).await.unwrap();
        assert_eq!(pace.0.load(Ordering::Relaxed), 0);
        connector.call(Duration::from_millis(80)).await.unwrap();
        assert_eq!(pace.0.load(Ordering::Relaxed), 1);
        assert!(connector.call(Duration::from_secs(11)).await.is_err(), "timed out");
        assert_eq!(pace.0.load(Ordering::Relaxed), 1);
        gate.settled().await;
    }
}
