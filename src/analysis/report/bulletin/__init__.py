"""The bulletin (月度考评通报): facts, sentences, tables and figures, section by section."""
