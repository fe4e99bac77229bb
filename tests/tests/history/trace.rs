//! One resume's story.
