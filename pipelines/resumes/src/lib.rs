//! Where the stages meet: resumes, photos and files of every hour.
