"""Writes the small files of data in test/fixtures/data, and samples/data/digits.npz, as Python programs write them.

Needs numpy, pandas, pyarrow and scikit-learn. What the files hold is a formula that the tests repeat: numbers are 0, 1/2, 1,
3/2 … less 2 in C order, or whole numbers counted up from 0; the table has 40 rows with x = row / 2 - 3, n = row, flag = row is
divisible by 3, label = "ab"[row is divisible by 2], when = a day each, and one missing value in `gap` in row 5.
"""

from pathlib import Path

import numpy
import pandas
import pyarrow
import pyarrow.parquet

root = Path(__file__).parents[2]
folder = root / "test" / "fixtures" / "data"


def arrays():
    shape = (2, 3, 4)
    count = 24
    for kind in ("<f2", "<f4", "<f8", ">f4", ">f8"):
        yield kind, numpy.asarray(numpy.arange(count) / 2 - 2, dtype=kind).reshape(shape)
    for kind in ("|i1", "<i2", "<i4", "<i8", ">i4", ">i8", "|u1", "<u2", "<u4", "<u8"):
        yield kind, numpy.arange(count).astype(kind).reshape(shape)
    yield "|b1", (numpy.arange(count) % 3 == 0).reshape(shape)


def write_arrays():
    for kind, array in arrays():
        name = kind.translate({ord("<"): "little-", ord(">"): "big-", ord("|"): ""})
        numpy.save(folder / f"{name}.npy", array)
    halves = (numpy.arange(24) / 2 - 2).reshape(2, 3, 4)
    numpy.save(folder / "fortran.npy", numpy.asfortranarray(halves))
    for version in ((2, 0), (3, 0)):
        with open(folder / f"version-{version[0]}.npy", "wb") as file:
            numpy.lib.format.write_array(file, halves, version=version)
    numpy.save(folder / "texts.npy", numpy.array(["a", "b"]))
    numpy.savez(folder / "stored.npz", x=halves, y=numpy.arange(2))
    numpy.savez_compressed(folder / "deflated.npz", x=halves, y=numpy.arange(2), names=numpy.array(["a", "b"]))


def table():
    rows = numpy.arange(40)
    return pandas.DataFrame(
        {
            "x": rows / 2 - 3,
            "n": rows,
            "flag": rows % 3 == 0,
            "label": [("b", "a")[int(row % 2 == 0)] for row in rows],
            "when": pandas.date_range("2020-01-01", periods=40),
            "gap": [None if row == 5 else float(row) for row in rows],
        }
    )


def write_tables():
    frame = table()
    frame.drop(columns="when").to_json(folder / "table.jsonl", orient="records", lines=True)
    for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
        pyarrow.parquet.write_table(
            pyarrow.Table.from_pandas(frame, preserve_index=False),
            folder / f"{codec}.parquet",
            compression=codec,
            row_group_size=16,
            store_schema=False,
        )
    frame.set_index(pandas.Index(range(100, 140))).to_parquet(folder / "pandas-index.parquet")
    lists = pyarrow.table({"values": [[1, 2], [3]], "n": [1, 2]})
    pyarrow.parquet.write_table(lists, folder / "lists.parquet")


def write_digits():
    from sklearn.datasets import load_digits

    digits = load_digits()
    numpy.savez_compressed(
        root / "samples" / "data" / "digits.npz",
        x=digits.images.astype("uint8"),
        y=digits.target.astype("uint8"),
    )


if __name__ == "__main__":
    folder.mkdir(parents=True, exist_ok=True)
    write_arrays()
    write_tables()
    write_digits()
