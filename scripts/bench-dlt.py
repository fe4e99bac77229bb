"""Loads resumes, one JSON document a line, into Postgres by dlt: the peer of `make bench`.

    bench-dlt.py URL FOLDER SETTING replace FILE     into tables that are replaced
    bench-dlt.py URL FOLDER SETTING merge FILE       into tables where every resume is there already, by its id

Prints one JSON object: the seconds of the load itself, without the start of Python.

SETTING `as-it-comes` is what dlt's introduction shows: a generator of documents, and nothing set. `fast` is what its pages
on performance advise: pages of resumes are yielded, documents are parsed by its own fast parser, normalising works in two
processes on files of 2 000 resumes, rows go by CSV and COPY, loading works in 20 threads, and intermediate files are not
compressed. Both are kept from taking texts for dates: dlt fails on "2009-08" once it has seen a whole one.
"""

import json
import os
import sys
import time

ITEMS_A_FILE = 2_000
ITEMS_A_PAGE = 500

url, folder, setting, manner, file = sys.argv[1:]
FAST = setting == "fast"

os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"})
if FAST:
    os.environ.update(
        {
            "DATA_WRITER__DISABLE_COMPRESSION": "true",
            "DATA_WRITER__BUFFER_MAX_ITEMS": str(ITEMS_A_FILE),
            "SOURCES__DATA_WRITER__FILE_MAX_ITEMS": str(ITEMS_A_FILE),
            "NORMALIZE__WORKERS": "2",
            "LOAD__WORKERS": "20",
        }
    )

import dlt  # noqa: E402
from dlt.common.json import json as fast  # noqa: E402


def documents():
    with open(file, "rb") as lines:
        for line in lines:
            yield json.loads(line)


def pages():
    with open(file, "rb") as lines:
        page = []
        for line in lines:
            page.append(fast.loadb(line))
            if len(page) == ITEMS_A_PAGE:
                yield page
                page = []
        yield page


def main():
    name = f"peer_{setting.replace('-', '_')}_{manner}"  # each with a schema of its own: the columns of one are none of the other
    pipeline = dlt.pipeline(
        pipeline_name=name,
        pipelines_dir=folder,
        destination=dlt.destinations.postgres(url),
        dataset_name=name,
    )
    items = pages() if FAST else documents()
    resume = dlt.resource(items, name="resume", primary_key="idno", write_disposition=manner)
    source = dlt.source(lambda: resume, name=name)()
    source.schema.remove_type_detection("iso_timestamp")
    began = time.perf_counter()
    pipeline.run(source, loader_file_format="csv" if FAST else None).raise_on_failed_jobs()
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "dlt": dlt.__version__}))


if __name__ == "__main__":
    main()
