//! Every object that is recorded is there, and what is there is recorded.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use load::files::{Fault, FileStore, Inspected, Presence, Recorded, StorageError};
use model::CompanyNo;

use super::checkup::add;
use super::repair::recompute_undamaged;
use super::{Checkup, Place, Weight};
use crate::company::Company;
use crate::failure::Failure;

/// Folders of objects that are looked at at once.
const AT_ONCE: usize = 8;
/// People in one transaction.
const PEOPLE: u32 = 100;
/// If none of so many is there, the storage is another one.
const SAMPLE: i64 = 20;

/// Looks at the objects of all companies. Given companies, what is lost is marked, and wanted again.
pub(super) async fn examine(
    place: &Place<'_>,
    companies: Option<&[Company]>,
    checks: &mut Vec<Checkup>,
) -> Result<(), Failure> {
    let holds = if place.request.is_deep {
        "a file that is recorded lies in the storage, with its size and its bytes"
    } else {
        "a file that is recorded lies in the storage, with its size"
    };
    let mut recorded = Checkup::sound("object", holds);
    let mut unknown = Checkup {
        weight: Weight::Note,
        remedy: "nothing by us: `run` points to them again if 104 gives the same files; they hold \
                 personal data, so delete by hand what no backup needs"
            .to_owned(),
        ..Checkup::sound("object_row", "an object in the storage has a row that tells whose it is")
    };
    let mut look = Look { place, recorded: &mut recorded, unknown: &mut unknown };
    let skipped = match &place.store {
        Ok(None) => None,
        Ok(Some(store)) => match look.at_all(store, companies).await {
            Ok(()) => None,
            Err(Failure::Storage(error)) => Some((error.to_string(), error.remedy())),
            Err(failure) => return Err(failure),
        },
        Err(away) => Some((away.to_string(), away.remedy())),
    };
    if let Some((why, remedy)) = skipped {
        for check in [&mut recorded, &mut unknown] {
            check.skipped = Some(why.clone());
            remedy.clone_into(&mut check.remedy);
        }
    }
    checks.extend([recorded, unknown]);
    Ok(())
}

struct Look<'a> {
    place: &'a Place<'a>,
    recorded: &'a mut Checkup,
    unknown: &'a mut Checkup,
}

impl Look<'_> {
    async fn at_all(
        &mut self,
        store: &FileStore,
        companies: Option<&[Company]>,
    ) -> Result<(), Failure> {
        for no in &self.place.companies {
            if companies.is_some() && !self.place.request.is_storage_empty {
                require_some(self.place, store, no).await?;
            }
            let company =
                companies.and_then(|all| all.iter().find(|company| company.settings.no == *no));
            self.at_company(store, no, company).await?;
        }
        Ok(())
    }

    async fn at_company(
        &mut self,
        store: &FileStore,
        no: &CompanyNo,
        company: Option<&Company>,
    ) -> Result<(), Failure> {
        let mut folders: BTreeSet<String> = store.folders(no).await?;
        let place = self.place;
        let recorded = database::transaction(&place.pool, || async {
            let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
            let recorded = load::files::recorded_folders(&mut tx, no).await?;
            Ok::<_, Failure>((tx, recorded))
        });
        folders.extend(recorded.await?);
        let mut looks = Box::pin(
            stream::iter(folders)
                .take_until(place.signals.token().clone().cancelled_owned())
                .map(|folder| at_folder(place, store, no, folder))
                .buffer_unordered(AT_ONCE),
        );
        while let Some(inspected) = looks.next().await {
            self.count(no, company, inspected?).await?;
        }
        Ok(())
    }

    async fn count(
        &mut self,
        no: &CompanyNo,
        company: Option<&Company>,
        inspected: Inspected,
    ) -> Result<(), Failure> {
        let Inspected { whole, bytes_read, faults, found_again, unknown } = inspected;
        let seen = whole + (faults.len() + found_again.len() + unknown.len()) as u64;
        add(&self.place.examined.objects, seen);
        add(&self.place.examined.bytes, bytes_read);
        for (key, size) in unknown {
            self.unknown.find(|| format!("{key}: {size} bytes"));
        }
        for (object, fault) in faults {
            self.recorded.find(|| said(&object, fault));
            if let Some(company) = company {
                set(company, no, &object, Presence::Lost).await?;
                self.recorded.mended(1);
            }
        }
        for object in found_again {
            self.recorded
                .find(|| format!("{}: it was lost, and is there again", object.object_key));
            if let Some(company) = company {
                set(company, no, &object, Presence::Held).await?;
                self.recorded.mended(1);
            }
        }
        Ok(())
    }
}

fn said(object: &Recorded, fault: Fault) -> String {
    let Recorded { object_key, size_bytes, .. } = object;
    match fault {
        Fault::Missing => format!("{object_key}: missing"),
        Fault::Size { found } => format!("{object_key}: {found} bytes instead of {size_bytes}"),
        Fault::Bytes => format!("{object_key}: other bytes than its hash says"),
    }
}

/// Before anything is called lost: a storage that has none of the files is another one, or empty.
async fn require_some(
    place: &Place<'_>,
    store: &FileStore,
    company: &CompanyNo,
) -> Result<(), Failure> {
    let sample = database::transaction(&place.pool, || async {
        let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
        let sample = load::files::some_recorded(&mut tx, company, SAMPLE).await?;
        Ok::<_, Failure>((tx, sample))
    })
    .await?;
    if i64::try_from(sample.len()) != Ok(SAMPLE) {
        return Ok(());
    }
    for object in &sample {
        if store.is_there(object).await? {
            return Ok(());
        }
    }
    Err(StorageError::Empty { company: company.to_string() }.into())
}

async fn at_folder(
    place: &Place<'_>,
    store: &FileStore,
    company: &CompanyNo,
    folder: String,
) -> Result<Inspected, Failure> {
    let recorded = match u8::from_str_radix(&folder, 16) {
        Ok(first) if folder.len() == 2 => {
            database::transaction(&place.pool, || async {
                let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
                let recorded = load::files::recorded(&mut tx, company, first).await?;
                Ok::<_, Failure>((tx, recorded))
            })
            .await?
        }
        _ => Vec::new(),
    };
    let (is_deep, now) = (place.request.is_deep, place.began_at);
    Ok(store.inspect(company, &folder, recorded, is_deep, now).await?)
}

/// Writes down where an object is, and lets the rows of all whose receipts name it follow: a lost
/// file is pending again, and its task open.
async fn set(
    company: &Company,
    no: &CompanyNo,
    object: &Recorded,
    presence: Presence,
) -> Result<(), Failure> {
    let pool = company.ledger.pool();
    database::transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        load::files::mark(&mut tx, no, &object.sha256, presence).await?;
        Ok::<_, Failure>((tx, ()))
    })
    .await?;
    let mut after = None;
    loop {
        let people = database::transaction(pool, || async {
            let mut tx = pool.begin().await.map_err(Failure::transaction)?;
            let page =
                load::files::whose(&mut tx, no, &object.sha256, after.as_ref(), PEOPLE).await?;
            Ok::<_, Failure>((tx, page))
        })
        .await?;
        let Some(last) = people.last().cloned() else { return Ok(()) };
        recompute_undamaged(company, &people).await?;
        after = Some(last);
    }
}
