//! Places in words, as counties (縣市) and districts (鄉鎮市區) of Taiwan in their official spelling:
//! `台北市、新北市`, `台北市大安區`, `新北市板橋區/中和區`, `106台北市大安區和平東路…`.
//!
//! Nothing is guessed. A district's name alone is read if one county has it, or the county before
//! it in the list does; 新竹 alone may be either of two counties and stays words.

mod names;

use names::{COUNTIES, County, District, county, county_at, district_at, is_elsewhere};

use super::fold;

/// What separates the places of a list, white space beside it.
const SEPARATORS: [char; 5] = ['、', ',', ';', '/', '|'];

/// The places that words name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// The counties, each once, in order.
    pub(crate) cities: Vec<String>,
    /// The districts with their counties before them, each once, in order.
    pub(crate) districts: Vec<String>,
    /// Some of the words could not be read.
    pub(crate) has_unread: bool,
}

/// Where one place lies.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The county; `None` for a place outside Taiwan.
    pub(crate) city: Option<String>,
    /// The district with its county before it, if the words name one.
    pub(crate) district: Option<String>,
}

/// What a piece of the words names.
#[derive(Clone, Copy)]
enum Named {
    Elsewhere,
    County(&'static County),
    Counties(&'static County, &'static County),
    District(&'static County, &'static District),
}

impl Named {
    /// The county, if it is one.
    fn county(self) -> Option<&'static County> {
        match self {
            Self::County(county) | Self::District(county, _) => Some(county),
            Self::Elsewhere | Self::Counties(..) => None,
        }
    }
}

impl Places {
    fn add(&mut self, named: Named) {
        let (counties, district) = match named {
            Named::Elsewhere => ([None, None], None),
            Named::County(county) => ([Some(county), None], None),
            Named::Counties(one, other) => ([Some(one), Some(other)], None),
            Named::District(county, district) => ([Some(county), None], Some(district)),
        };
        for county in counties.into_iter().flatten() {
            add(&mut self.cities, county.name);
        }
        if let Some(district) = district {
            add(&mut self.districts, &district.whole);
        }
    }
}

/// Reads a list of places.
pub(crate) fn list(words: &str) -> Places {
    let mut places = Places::default();
    let mut before = None;
    let folded = official(&fold::width(words));
    let is_separator = |char: char| char.is_whitespace() || SEPARATORS.contains(&char);
    for piece in folded.split(is_separator).filter(|piece| !piece.is_empty()) {
        let mut next = Some(piece);
        while let Some(piece) = next.take() {
            let Some((named, rest)) = named(piece, before) else {
                places.has_unread = true;
                continue;
            };
            before = named.county();
            places.add(named);
            // Nothing may stand between two counties.
            next = Some(rest).filter(|rest| county_at(rest).is_some());
        }
    }
    places
}

/// Reads the words for one place; `None` if they can't be read, or name several.
pub(crate) fn one(words: &str) -> Option<Place> {
    let mut places = list(words);
    let is_one = !places.has_unread && places.cities.len() <= 1 && places.districts.len() <= 1;
    is_one.then(|| Place { city: places.cities.pop(), district: places.districts.pop() })
}

/// Reads an address: whatever follows county and district is left out.
pub(crate) fn address(words: &str) -> Option<Place> {
    let folded = official(&fold::compact(words));
    let (named, _) = named(&folded, None)?;
    match named {
        Named::Elsewhere => Some(Place::default()),
        Named::County(county) => Some(Place { city: Some(county.name.to_owned()), district: None }),
        Named::Counties(..) => None,
        Named::District(county, district) => Some(Place {
            city: Some(county.name.to_owned()),
            district: Some(district.whole.clone()),
        }),
    }
}

/// What the words begin with, and what follows a county and its district; `before` is the county
/// that stands before them in a list.
fn named<'w>(words: &'w str, before: Option<&'static County>) -> Option<(Named, &'w str)> {
    let words = without_lead(words);
    if let Some(stem) = words.strip_suffix("縣市") {
        return both(stem).map(|named| (named, ""));
    }
    if let Some((county, then, rest)) = county_at(words) {
        let rest = rest.trim_start_matches(['(', ',', '-', '、', '/']);
        return Some(match district_at(county, then, rest) {
            Some((district, rest)) => (Named::District(county, district), rest),
            None => (Named::County(county), rest),
        });
    }
    let named = by_district(words, before)
        .or_else(|| by_short_name(words))
        .or_else(|| is_elsewhere(words).then_some(Named::Elsewhere))?;
    Some((named, ""))
}

/// The words behind a postal code and the names of country and province.
fn without_lead(words: &str) -> &str {
    let rest =
        words.trim_start_matches(|char: char| char.is_ascii_digit() || "()[]-".contains(char));
    let rest = rest.strip_prefix("中華民國").unwrap_or(rest);
    // 福建省 alone is elsewhere; before 金門縣 and 連江縣 it is not.
    let provinces = ["臺灣省", "福建省", "臺灣"];
    let bare = provinces.iter().find_map(|province| rest.strip_prefix(province));
    bare.filter(|bare| county_at(bare).is_some()).unwrap_or(rest)
}

/// 新竹縣市: the county and the city of that name.
fn both(stem: &str) -> Option<Named> {
    let whole = |name: &str| county_at(name).filter(|(_, _, rest)| rest.is_empty()).map(|at| at.0);
    let (urban, rural) = (whole(&format!("{stem}市"))?, whole(&format!("{stem}縣"))?);
    let is_one = urban.name == rural.name;
    Some(if is_one { Named::County(urban) } else { Named::Counties(urban, rural) })
}

/// A district without its county.
fn by_district(words: &str, before: Option<&'static County>) -> Option<Named> {
    let of = |county: &'static County| {
        let district = county.districts.iter().find(|district| words.starts_with(district.name))?;
        Some((county, district))
    };
    let mut found = COUNTIES.iter().filter_map(of);
    let (county, district) = found.next()?;
    // 中區 may be the middle of anything.
    let is_certain = found.next().is_none() && district.is_certain();
    let certain = is_certain.then_some((county, district));
    let (county, district) = certain.or_else(|| before.and_then(of))?;
    Some(Named::District(county, district))
}

/// 台北, 新竹東區: a county's name without 縣 or 市, alone or before a district.
fn by_short_name(words: &str) -> Option<Named> {
    if words == "馬祖" {
        return county("連江縣").map(Named::County);
    }
    let mut found = COUNTIES.iter().filter_map(|county| {
        let rest = words.strip_prefix(county.name.strip_suffix(['縣', '市'])?)?;
        if rest.is_empty() {
            return Some(Named::County(county));
        }
        let district = county.districts.iter().find(|district| rest.starts_with(district.name))?;
        Some(Named::District(county, district))
    });
    found.next().filter(|_| found.next().is_none())
}

/// The official spelling: 台 is 臺.
fn official(words: &str) -> String {
    words.replace('台', "臺")
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::names::ELSEWHERE;
    use super::*;
    use proptest::prelude::*;

    fn check_list(words: &str, expected: &str) {
        let Places { cities, districts, has_unread } = list(words);
        let unread = if has_unread { " ?" } else { "" };
        let shown = format!("{} | {}{unread}", cities.join(" "), districts.join(" "));
        assert_eq!(shown, expected, "{words}");
    }

    fn check_address(words: &str, expected: &str) {
        let shown = match address(words) {
            Some(Place { city, district }) => {
                format!("{} {}", city.as_deref().unwrap_or("-"), district.as_deref().unwrap_or("-"))
            }
            None => "unread".to_owned(),
        };
        assert_eq!(shown, expected, "{words}");
    }

    #[test]
    fn the_whole_of_taiwan() {
        assert_eq!(COUNTIES.len(), 22);
        assert_eq!(COUNTIES.iter().map(|county| county.districts.len()).sum::<usize>(), 368);
        for county in COUNTIES.iter() {
            assert!(county.name.ends_with(['縣', '市']) && !county.name.contains('台'));
            check_list(county.name, &format!("{} | ", county.name));
            for district in &county.districts {
                assert!(district.name.ends_with(['鄉', '鎮', '市', '區']), "{}", district.name);
                let expected = format!("{} | {}", county.name, district.whole);
                check_list(&district.whole, &expected);
                check_list(&district.whole.replace('臺', "台"), &expected);
            }
        }
        let elsewhere: Vec<&str> = ELSEWHERE.iter().flatten().copied().collect();
        assert!(elsewhere.len() > 250 && !elsewhere.contains(&"=") && !elsewhere.contains(&""));
    }

    #[test]
    fn lists() {
        for (words, expected) in [
            ("台北市", "臺北市 | "),
            ("台北", "臺北市 | "),
            ("台北市、新北市", "臺北市 新北市 | "),
            ("台北市，新北市；桃園市", "臺北市 新北市 桃園市 | "),
            ("台北市、臺北市", "臺北市 | "),
            ("台北市新北市桃園市中壢區", "臺北市 新北市 桃園市 | 桃園市中壢區"),
            ("台北市內湖科學園區", "臺北市 | "),
            ("台北市大安區", "臺北市 | 臺北市大安區"),
            ("台北市 大安區", "臺北市 | 臺北市大安區"),
            ("台北大安區", "臺北市 | 臺北市大安區"),
            ("新北市板橋區/中和區", "新北市 | 新北市板橋區 新北市中和區"),
            ("台北市中正區、信義區", "臺北市 | 臺北市中正區 臺北市信義區"),
            ("基隆市/信義區", "基隆市 | 基隆市信義區"),
            ("台中市、東區", "臺中市 | 臺中市東區"),
            ("台北市、板橋區", "臺北市 新北市 | 新北市板橋區"),
            ("竹北市", "新竹縣 | 新竹縣竹北市"),
            ("宜蘭市", "宜蘭縣 | 宜蘭縣宜蘭市"),
            ("宜蘭", "宜蘭縣 | "),
            ("馬祖", "連江縣 | "),
            ("新竹縣市", "新竹市 新竹縣 | "),
            ("嘉義縣市", "嘉義市 嘉義縣 | "),
            ("台中縣市", "臺中市 | "),
            ("台北縣市", "臺北市 新北市 | "),
            ("新竹東區", "新竹市 | 新竹市東區"),
            ("新竹竹北市", "新竹縣 | 新竹縣竹北市"),
            ("台北縣", "新北市 | "),
            ("桃園縣中壢市", "桃園市 | 桃園市中壢區"),
            ("台中縣大安鄉", "臺中市 | 臺中市大安區"),
            ("高雄縣三民鄉", "高雄市 | 高雄市那瑪夏區"),
            ("高雄市三民區", "高雄市 | 高雄市三民區"),
            ("台南市西區", "臺南市 | 臺南市中西區"),
            ("台中市西區", "臺中市 | 臺中市西區"),
            ("彰化縣員林鎮", "彰化縣 | 彰化縣員林市"),
            ("上海市", " | "),
            ("廣東省深圳市、台北市", "臺北市 | "),
            ("日本東京、海外", " | "),
            ("", " | "),
        ] {
            check_list(words, expected);
        }
    }

    #[test]
    fn no_guess() {
        for (words, expected) in [
            ("新竹", " |  ?"),
            ("嘉義", " |  ?"),
            ("大安區", " |  ?"),
            ("中區", " |  ?"),
            ("信義", " |  ?"),
            ("台北車站", " |  ?"),
            ("離家近", " |  ?"),
            ("上海商業儲蓄銀行", " |  ?"),
            ("台北市、離家近", "臺北市 |  ?"),
            ("新北市、離家近、大安區", "新北市 |  ?"),
            ("縣市", " |  ?"),
        ] {
            check_list(words, expected);
        }
        assert_eq!(one("台北市、新北市"), None);
        assert_eq!(one("新北市板橋區/中和區"), None);
        assert_eq!(one("日本"), Some(Place::default()));
    }

    #[test]
    fn addresses() {
        for (words, expected) in [
            ("台北市大安區和平東路二段106號5樓之1", "臺北市 臺北市大安區"),
            ("106 台北市大安區和平東路二段", "臺北市 臺北市大安區"),
            ("10601臺北市 大安區 和平東路", "臺北市 臺北市大安區"),
            ("(220)新北市板橋區文化路一段", "新北市 新北市板橋區"),
            ("台灣台中市西屯區台灣大道", "臺中市 臺中市西屯區"),
            ("台灣省彰化縣員林鎮中山路", "彰化縣 彰化縣員林市"),
            ("福建省金門縣金城鎮民生路", "金門縣 金門縣金城鎮"),
            ("高雄市中山路", "高雄市 -"),
            ("嘉義市中山路", "嘉義市 -"),
            ("板橋區文化路一段", "新北市 新北市板橋區"),
            ("台北縣板橋市文化路", "新北市 新北市板橋區"),
            ("花蓮縣花蓮市中山路", "花蓮縣 花蓮縣花蓮市"),
            ("臺北市測試區範例路 1 號", "臺北市 -"),
            ("日本東京都", "- -"),
            ("信義區松仁路", "unread"),
            ("中山路一段", "unread"),
            ("新竹縣市", "unread"),
            ("Taipei", "unread"),
            ("", "unread"),
        ] {
            check_address(words, expected);
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_names_what_there_is(
            words in "(台北|臺北市|新竹|桃園縣|大安|東|[區鄉鎮市縣]|台灣省|[0-9]{1,5}|[、/, ()]|.){0,8}"
        ) {
            let Places { cities, districts, .. } = list(&words);
            prop_assert!(cities.iter().all(|city| county(city).is_some()));
            prop_assert!(districts.iter().all(|place| cities.iter().any(|city| place.starts_with(city))));
            let Place { city, district } = address(&words).unwrap_or_default();
            prop_assert!(city.is_some() || district.is_none());
        }
    }
}
