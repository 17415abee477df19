"""Tables of several months, read as one frame; tables of the steps, as they are said to be."""

from pathlib import Path

import pandas as pd

from analysis.run.steps import STEP_OF
from analysis.run.store.revisions import Store, read_table, save_table


def test_files_become_one_frame_in_their_order_also_where_an_older_one_lacks_a_column(tmp_path):
    new = pd.DataFrame({"unit_id": ["D01", "D02"], "rank": pd.array([1, None], "Int64"), "share": [0.5, None]})
    save_table("new", new, tmp_path)
    save_table("old", new.drop(columns="share").iloc[1:], tmp_path)
    contents = [(tmp_path / f"{name}.parquet").read_bytes() for name in ("old", "new")]
    df_expected = pd.concat([new.drop(columns="share").iloc[1:], new], ignore_index=True)
    pd.testing.assert_frame_equal(read_table(*contents), df_expected)
    pd.testing.assert_frame_equal(read_table(contents[1]), new)
    pd.testing.assert_frame_equal(read_table(*contents, columns=["unit_id"]), df_expected[["unit_id"]])


def test_each_step_makes_the_tables_that_it_is_said_to_make(district):
    published = {Path(name).stem for name in Store(district).manifest("2023-02").outputs if name.endswith(".parquet")}
    assert published == set(STEP_OF)
