"""The sample: the fictional district 澄川区 as its offices would send it, with planted truths; all invented."""
