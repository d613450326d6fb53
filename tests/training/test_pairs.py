"""Figures of pairs of classes against counting by hand."""

import numpy as np

from trigforge.training.tasks import Classes


def test_area_and_rejection_of_a_pair_leave_the_third_class_out() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 3000)
    outputs = rng.normal(size=(3000, 3)) + np.eye(3)[labels] * [1.5, 1.0, 0.5]
    task = Classes(("b", "c", "light"), pairs=(("b", "light"),))
    found = task.tables(outputs, labels)["pairs"]["b against light"]
    score = outputs[:, 0] - outputs[:, 2]
    signal, background = score[labels == 0], score[labels == 2]
    counted = (signal[:, None] > background).mean()
    above = (background >= np.quantile(signal, 0.3)).mean()
    assert found == {"auc": round(float(counted), 5), "rejection": round(1 / float(above), 2)}
    assert task.rows({"auc": {}, "pairs": {"b against light": found}}) == {
        "AUC, b against light": f"{counted:.3f}",
        "rejection at 70%, b against light": f"{1 / above:.1f}",
    }
    assert "pairs" not in Classes(("b", "c", "light")).tables(outputs, labels)
