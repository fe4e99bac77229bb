//! The counties and districts of Taiwan, today and formerly, and the names of places elsewhere.

use std::sync::LazyLock;

/// A county or city, and its districts.
#[derive(Debug)]
pub(super) struct County {
    pub(super) name: &'static str,
    pub(super) districts: Vec<District>,
}

/// A district: its name, and the same with its county's before it.
#[derive(Debug)]
pub(super) struct District {
    pub(super) name: &'static str,
    pub(super) whole: String,
}

impl District {
    /// Whether the name is more than a quarter of some town, such as 中區 and 東區.
    pub(super) fn is_certain(&self) -> bool {
        self.name.chars().count() > 2
    }
}

/// All of them.
pub(super) static COUNTIES: LazyLock<Vec<County>> = LazyLock::new(|| {
    lines(include_str!("taiwan.txt"))
        .filter_map(|line| {
            let (name, districts) = line.split_once(' ')?;
            let district =
                |district| District { name: district, whole: format!("{name}{district}") };
            Some(County { name, districts: districts.split(' ').map(district).collect() })
        })
        .collect()
});

/// Names of places elsewhere: those that begin the words for one, and those that are one alone.
pub(super) static ELSEWHERE: LazyLock<[Vec<&str>; 2]> = LazyLock::new(|| {
    let names = |is_alone: bool| {
        lines(include_str!("elsewhere.txt"))
            .filter(|line| line.starts_with("= ") == is_alone)
            .flat_map(|line| line.trim_start_matches("= ").split(' '))
            .collect()
    };
    [names(false), names(true)]
});

/// Counties that became cities: in 2010, 桃園縣 in 2014. Their 鄉, 鎮 and 市 became 區.
const FORMER_COUNTIES: [(&str, &str); 5] = [
    ("臺北縣", "新北市"),
    ("桃園縣", "桃園市"),
    ("臺中縣", "臺中市"),
    ("臺南縣", "臺南市"),
    ("高雄縣", "高雄市"),
];

/// Districts of another name before, by their county as it was then.
const FORMER_DISTRICTS: [(&str, &str, &str); 5] = [
    ("高雄縣", "三民鄉", "那瑪夏區"),
    ("臺南市", "中區", "中西區"),
    ("臺南市", "西區", "中西區"),
    ("彰化縣", "員林鎮", "員林市"),
    ("苗栗縣", "頭份鎮", "頭份市"),
];

/// The county whose whole name stands at the start, that name, and what follows.
pub(super) fn county_at(words: &str) -> Option<(&'static County, &'static str, &str)> {
    let former = FORMER_COUNTIES
        .iter()
        .find_map(|(then, now)| Some((county(now)?, *then, words.strip_prefix(then)?)));
    let today = || {
        COUNTIES
            .iter()
            .find_map(|county| Some((county, county.name, words.strip_prefix(county.name)?)))
    };
    former.or_else(today)
}

/// The county of that name.
pub(super) fn county(name: &str) -> Option<&'static County> {
    COUNTIES.iter().find(|county| county.name == name)
}

/// The district of the county that stands at the start of the words, and what follows; `then` is
/// the county's name in the words.
pub(super) fn district_at<'w>(
    county: &'static County,
    then: &str,
    words: &'w str,
) -> Option<(&'static District, &'w str)> {
    let renamed = FORMER_DISTRICTS
        .iter()
        .filter(|(of, _, _)| *of == then)
        .find_map(|(_, name, now)| Some((*now, words.strip_prefix(name)?)));
    if let Some((now, rest)) = renamed {
        return Some((county.districts.iter().find(|district| district.name == now)?, rest));
    }
    let was_renamed = county.name != then;
    county.districts.iter().find_map(|district| {
        let today = words.strip_prefix(district.name);
        let former = || was_renamed.then(|| after_former(district, words))?;
        Some((district, today.or_else(former)?))
    })
}

/// What follows a district as it was called before it became a 區.
fn after_former<'w>(district: &District, words: &'w str) -> Option<&'w str> {
    let stem = district.name.strip_suffix('區').filter(|_| district.is_certain())?;
    words.strip_prefix(stem)?.strip_prefix(['鄉', '鎮', '市'])
}

/// Whether the words begin with a place elsewhere, or are a name of one.
pub(super) fn is_elsewhere(words: &str) -> bool {
    let [begun, alone] = &*ELSEWHERE;
    alone.contains(&words) || begun.iter().any(|name| words.starts_with(name))
}

/// The lines of a list without its comments.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}
