//! Pure functions from a resume's bytes to its meaning.
