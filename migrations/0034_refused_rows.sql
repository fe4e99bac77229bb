-- Rows that Postgres itself refuses are rejected with their document, so that they hold up no neighbour.

comment on column etl.rejection.code is 'Why, as a closed list: id_refused, server_error_for_id, stranger, unreadable_answer, not_an_object, unusable_id, refused_rows.
原因代碼：id_refused、server_error_for_id、stranger、unreadable_answer、not_an_object、unusable_id、refused_rows。';
