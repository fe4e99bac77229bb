//! Work on the past waits for the schedule.
