"""Loads resumes, one JSON document a line, into Postgres by dlt: the peer of `make bench`.

    bench-dlt.py URL FOLDER replace FILE         into tables that are replaced
    bench-dlt.py URL FOLDER merge FILE           into tables where every resume is there already, by its id

Prints one JSON object: the seconds of the load itself, without the start of Python.

Set as dlt's own pages on performance advise: pages of resumes are yielded, documents are parsed by its own fast parser,
normalising works in two processes on files of 2 000 resumes, rows go by CSV and COPY, loading works in 20 threads, and
intermediate files are not compressed. It is kept from taking texts for dates: it fails on "2009-08" once it has seen a whole one.
"""

import json
import os
import sys
import time

ITEMS_A_FILE = 2_000
ITEMS_A_PAGE = 500

os.environ.update(
    {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DATA_WRITER__DISABLE_COMPRESSION": "true",
        "DATA_WRITER__BUFFER_MAX_ITEMS": str(ITEMS_A_FILE),
        "SOURCES__DATA_WRITER__FILE_MAX_ITEMS": str(ITEMS_A_FILE),
        "NORMALIZE__WORKERS": "2",
        "LOAD__WORKERS": "20",
    }
)

import dlt  # noqa: E402
from dlt.common.json import json as fast  # noqa: E402


def pages(file):
    with open(file, "rb") as lines:
        page = []
        for line in lines:
            page.append(fast.loadb(line))
            if len(page) == ITEMS_A_PAGE:
                yield page
                page = []
        yield page


def main():
    url, folder, manner, file = sys.argv[1:]
    pipeline = dlt.pipeline(
        pipeline_name="peer_" + manner,  # each with a schema of its own: the columns of one are none of the other
        pipelines_dir=folder,
        destination=dlt.destinations.postgres(url),
        dataset_name="peer_" + manner,
    )
    resume = dlt.resource(pages(file), name="resume", primary_key="idno", write_disposition=manner)
    source = dlt.source(lambda: resume, name="peer_" + manner)()
    source.schema.remove_type_detection("iso_timestamp")
    began = time.perf_counter()
    pipeline.run(source, loader_file_format="csv").raise_on_failed_jobs()
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "dlt": dlt.__version__}))


if __name__ == "__main__":
    main()
