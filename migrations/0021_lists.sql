-- Lists of the newest document, one row an item, in 104's order. They are replaced as a whole: an
-- item has no identity of its own in 104's data.

create table recruiting.education (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    school_name text,
    degree_level text,
    degree_rank smallint,
    major text,
    major_category text,
    degree_status text,
    school_country text,
    start_text text,
    start_on date,
    start_precision text,
    end_text text,
    end_on date,
    end_precision text,
    is_ongoing boolean not null,
    constraint education_pkey primary key (company_no, resume_id, item_no),
    constraint education_item_no_from_1 check (item_no >= 1),
    constraint education_start_precision_known check (start_precision in ('year', 'month', 'day')),
    constraint education_end_precision_known check (end_precision in ('year', 'month', 'day'))
) partition by list (company_no);
comment on table recruiting.education is
'Schools of the newest document (education), highest first. Grain: company, resume, item.
最新文件的學歷，由高至低。';
comment on column recruiting.education.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.education.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.education.item_no is 'Place in 104''s list, from 1.
在 104 清單中的項次（自 1 起）。';
comment on column recruiting.education.school_name is 'School (schoolName).
學校。';
comment on column recruiting.education.degree_level is 'Degree, 104''s word (degreeLevel).
學歷（104 原文）。';
comment on column recruiting.education.degree_rank is 'Rank of the degree, the higher the more; null for unknown words.
學歷等級，愈大愈高；無法判讀為空。';
comment on column recruiting.education.major is 'Major.
科系。';
comment on column recruiting.education.major_category is 'Category of the major (majorCategory).
科系類別。';
comment on column recruiting.education.degree_status is 'Status, 104''s word (degreeStatus).
就學狀態（104 原文）。';
comment on column recruiting.education.school_country is 'Country of the school (schoolCountry).
學校所在國家。';
comment on column recruiting.education.start_text is 'Start of school, 104''s words.
就學起始，104 原文。';
comment on column recruiting.education.start_on is 'The first day that those words can mean.
該文字可能表示的最早日期。';
comment on column recruiting.education.start_precision is 'How much of start_on the words gave: year, month, day.
start_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.education.end_text is 'End of school, 104''s words.
就學結束，104 原文。';
comment on column recruiting.education.end_on is 'The first day that those words can mean; null while it goes on.
該文字可能表示的最早日期；仍持續時為空。';
comment on column recruiting.education.end_precision is 'How much of end_on the words gave: year, month, day.
end_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.education.is_ongoing is 'Whether the words say that it goes on (迄今, 仍在職, 就學中).
原文是否表示仍持續（迄今、仍在職、就學中）。';

create table recruiting.experience (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    firm_name text,
    industry_category text,
    company_size text,
    work_place text,
    job_name text,
    job_role text,
    job_category text,
    start_text text,
    start_on date,
    start_precision text,
    end_text text,
    end_on date,
    end_precision text,
    is_ongoing boolean not null,
    job_desc_html text,
    job_desc text,
    skills text,
    management text,
    wage_type_desc text,
    wage bigint,
    wage_year bigint,
    constraint experience_pkey primary key (company_no, resume_id, item_no),
    constraint experience_item_no_from_1 check (item_no >= 1),
    constraint experience_start_precision_known check (start_precision in ('year', 'month', 'day')),
    constraint experience_end_precision_known check (end_precision in ('year', 'month', 'day'))
) partition by list (company_no);
comment on table recruiting.experience is
'Jobs held in the newest document (experiences), latest first. Grain: company, resume, item.
最新文件的工作經歷，由近至遠。';
comment on column recruiting.experience.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.experience.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.experience.item_no is 'Place in 104''s list, from 1.
在 104 清單中的項次（自 1 起）。';
comment on column recruiting.experience.firm_name is 'Firm (firmName).
公司名稱。';
comment on column recruiting.experience.industry_category is 'Industry (industryCategory).
產業類別。';
comment on column recruiting.experience.company_size is 'Size of the firm in words (companySize).
公司規模。';
comment on column recruiting.experience.work_place is 'Place of work (workPlace).
工作地點。';
comment on column recruiting.experience.job_name is 'Job title (jobName).
職稱。';
comment on column recruiting.experience.job_role is 'Full time or part time (jobRole).
職務類型（全職、兼職）。';
comment on column recruiting.experience.job_category is 'Job category (jobCategory).
職類。';
comment on column recruiting.experience.start_text is 'Start of the job, 104''s words.
任職起始，104 原文。';
comment on column recruiting.experience.start_on is 'The first day that those words can mean.
該文字可能表示的最早日期。';
comment on column recruiting.experience.start_precision is 'How much of start_on the words gave: year, month, day.
start_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.experience.end_text is 'End of the job, 104''s words.
任職結束，104 原文。';
comment on column recruiting.experience.end_on is 'The first day that those words can mean; null while it goes on.
該文字可能表示的最早日期；仍持續時為空。';
comment on column recruiting.experience.end_precision is 'How much of end_on the words gave: year, month, day.
end_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.experience.is_ongoing is 'Whether the words say that it goes on (迄今, 仍在職, 就學中).
原文是否表示仍持續（迄今、仍在職、就學中）。';
comment on column recruiting.experience.job_desc_html is 'What was done as 104 sent it, HTML.
工作內容（HTML 原文）。';
comment on column recruiting.experience.job_desc is 'What was done, plain text.
工作內容（純文字）。';
comment on column recruiting.experience.skills is 'Skills used, a list in one string.
使用技能（單一字串列舉）。';
comment on column recruiting.experience.management is 'People managed, in words.
管理人數。';
comment on column recruiting.experience.wage_type_desc is 'What the wage is paid for, 104''s word (wageTypeDesc).
薪資類型（104 原文）。';
comment on column recruiting.experience.wage is 'Wage, TWD a unit of wage_type_desc.
薪資（新台幣，依 wage_type_desc）。';
comment on column recruiting.experience.wage_year is 'Wage a year, TWD (wageYear).
年薪（新台幣）。';

create table recruiting.skill (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    skill text,
    description_html text,
    description text,
    tag text,
    constraint skill_pkey primary key (company_no, resume_id, item_no),
    constraint skill_item_no_from_1 check (item_no >= 1)
) partition by list (company_no);
comment on table recruiting.skill is
'Skills as the person entered them in the newest document (speciality). Grain: company, resume, item.
最新文件的專長。';
comment on column recruiting.skill.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.skill.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.skill.item_no is 'Place in 104''s list, from 1.
在 104 清單中的項次（自 1 起）。';
comment on column recruiting.skill.skill is 'The skill.
專長。';
comment on column recruiting.skill.description_html is 'Description as 104 sent it, HTML (desc).
說明（HTML 原文）。';
comment on column recruiting.skill.description is 'Description, plain text.
說明（純文字）。';
comment on column recruiting.skill.tag is 'Tags, comma-separated.
標籤（逗號分隔）。';

create table recruiting.skill_term (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    term text not null,
    term_text text not null,
    origin text not null,
    origin_item_no integer not null,
    constraint skill_term_pkey primary key (company_no, resume_id, item_no),
    constraint skill_term_item_no_from_1 check (item_no >= 1),
    constraint skill_term_origin_known check (origin in ('speciality', 'tag', 'experience')),
    constraint skill_term_origin_item_no_from_1 check (origin_item_no >= 1)
) partition by list (company_no);
create index skill_term_term on recruiting.skill_term using hash (term);
comment on table recruiting.skill_term is
'Single skills out of all three origins of the newest document, folded for search. Grain: company, resume, item.
最新文件三種出處的單項技能，折疊後供搜尋。';
comment on column recruiting.skill_term.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.skill_term.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.skill_term.item_no is 'Number of the term within the resume, from 1.
履歷內的序號（自 1 起）。';
comment on column recruiting.skill_term.term is 'The skill folded: NFKC, lower case, white space collapsed.
折疊後的技能：NFKC、小寫、空白合併。';
comment on column recruiting.skill_term.term_text is 'As the person wrote it.
原文。';
comment on column recruiting.skill_term.origin is 'Which field it stood in: speciality, tag, experience.
出處：speciality 專長、tag 標籤、experience 工作經歷。';
comment on column recruiting.skill_term.origin_item_no is 'The item of that list, from 1.
出處清單的項次（自 1 起）。';

create table recruiting.language (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    kind text not null,
    lang_type text,
    listen_degree text,
    speak_degree text,
    read_degree text,
    write_degree text,
    degree text,
    certificates text,
    constraint language_pkey primary key (company_no, resume_id, item_no),
    constraint language_item_no_from_1 check (item_no >= 1),
    constraint language_kind_known check (kind in ('foreign', 'local'))
) partition by list (company_no);
comment on table recruiting.language is
'Foreign languages, then local ones, of the newest document. Grain: company, resume, item.
最新文件的語文能力：先外語，後方言。';
comment on column recruiting.language.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.language.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.language.item_no is 'Number within the resume, foreign ones first, from 1.
履歷內的序號，外語在前（自 1 起）。';
comment on column recruiting.language.kind is 'foreign (foreignLanguage) or local (localLanguage).
foreign 外語、local 方言。';
comment on column recruiting.language.lang_type is 'The language (langType).
語言。';
comment on column recruiting.language.listen_degree is 'Listening, 104''s word.
聽（104 原文）。';
comment on column recruiting.language.speak_degree is 'Speaking, 104''s word.
說（104 原文）。';
comment on column recruiting.language.read_degree is 'Reading, 104''s word.
讀（104 原文）。';
comment on column recruiting.language.write_degree is 'Writing, 104''s word.
寫（104 原文）。';
comment on column recruiting.language.degree is 'Overall, 104''s word; local languages.
程度（104 原文）；方言。';
comment on column recruiting.language.certificates is 'Certificates of the language, in words.
語文檢定（原文）。';

create table recruiting.certificate (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    name text not null,
    origin text not null,
    constraint certificate_pkey primary key (company_no, resume_id, item_no),
    constraint certificate_item_no_from_1 check (item_no >= 1),
    constraint certificate_origin_known check (origin in ('common', 'other'))
) partition by list (company_no);
comment on table recruiting.certificate is
'Certificates of the newest document, one a row (commonCertificates). Grain: company, resume, item.
最新文件的證照，一列一張。';
comment on column recruiting.certificate.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.certificate.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.certificate.item_no is 'Number within the resume, from 1.
履歷內的序號（自 1 起）。';
comment on column recruiting.certificate.name is 'Name of the certificate, as written.
證照名稱（原文）。';
comment on column recruiting.certificate.origin is 'common (certificates) or other (otherCertificates).
common 證照、other 其他證照。';

create table recruiting.project (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    title text,
    start_text text,
    start_on date,
    start_precision text,
    end_text text,
    end_on date,
    end_precision text,
    is_ongoing boolean not null,
    description_html text,
    description text,
    kind text,
    website text,
    constraint project_pkey primary key (company_no, resume_id, item_no),
    constraint project_item_no_from_1 check (item_no >= 1),
    constraint project_start_precision_known check (start_precision in ('year', 'month', 'day')),
    constraint project_end_precision_known check (end_precision in ('year', 'month', 'day'))
) partition by list (company_no);
comment on table recruiting.project is
'Works and projects of the newest document (projectDatas). Grain: company, resume, item.
最新文件的專案成就與作品。';
comment on column recruiting.project.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.project.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.project.item_no is 'Place in 104''s list, from 1.
在 104 清單中的項次（自 1 起）。';
comment on column recruiting.project.title is 'Title.
標題。';
comment on column recruiting.project.start_text is 'Start of the project, 104''s words.
專案起始，104 原文。';
comment on column recruiting.project.start_on is 'The first day that those words can mean.
該文字可能表示的最早日期。';
comment on column recruiting.project.start_precision is 'How much of start_on the words gave: year, month, day.
start_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.project.end_text is 'End of the project, 104''s words.
專案結束，104 原文。';
comment on column recruiting.project.end_on is 'The first day that those words can mean; null while it goes on.
該文字可能表示的最早日期；仍持續時為空。';
comment on column recruiting.project.end_precision is 'How much of end_on the words gave: year, month, day.
end_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.project.is_ongoing is 'Whether the words say that it goes on (迄今, 仍在職, 就學中).
原文是否表示仍持續（迄今、仍在職、就學中）。';
comment on column recruiting.project.description_html is 'Description as 104 sent it, HTML.
說明（HTML 原文）。';
comment on column recruiting.project.description is 'Description, plain text.
說明（純文字）。';
comment on column recruiting.project.kind is 'What comes with it: none, file, video, web, else 104''s own value (type).
附帶內容：none 無、file 檔案、video 影片、web 網頁，其餘為 104 原值。';
comment on column recruiting.project.website is 'Link to a page.
網頁連結。';

create table recruiting.custom_section (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    title text,
    content text[] not null,
    constraint custom_section_pkey primary key (company_no, resume_id, item_no),
    constraint custom_section_item_no_from_1 check (item_no >= 1)
) partition by list (company_no);
comment on table recruiting.custom_section is
'Sections of the person''s own making in the newest document (customContentDatas). Grain: company, resume, item.
最新文件的自訂區塊。';
comment on column recruiting.custom_section.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.custom_section.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.custom_section.item_no is 'Place in 104''s list, from 1.
在 104 清單中的項次（自 1 起）。';
comment on column recruiting.custom_section.title is 'Title.
標題。';
comment on column recruiting.custom_section.content is 'Its paragraphs.
內容段落。';

create table recruiting.recommender (
    company_no text not null,
    resume_id text not null,
    item_no integer not null,
    name text,
    corp text,
    job_title text,
    email text,
    tel text,
    constraint recommender_pkey primary key (company_no, resume_id, item_no),
    constraint recommender_item_no_from_1 check (item_no >= 1)
) partition by list (company_no);
comment on table recruiting.recommender is
'People who vouch, in the newest document (recommenders). Personal data of third parties. Grain: company, resume, item.
最新文件的推薦人；屬第三人個人資料。';
comment on column recruiting.recommender.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.recommender.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.recommender.item_no is 'Place in 104''s list, from 1.
在 104 清單中的項次（自 1 起）。';
comment on column recruiting.recommender.name is 'Name.
姓名。';
comment on column recruiting.recommender.corp is 'Firm.
公司。';
comment on column recruiting.recommender.job_title is 'Job title (jobTitle).
職稱。';
comment on column recruiting.recommender.email is 'E-mail address.
電子郵件。';
comment on column recruiting.recommender.tel is 'Telephone.
電話。';
