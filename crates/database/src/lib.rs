//! The pool, the migrations, the leases and the shared pace.
