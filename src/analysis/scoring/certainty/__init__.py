"""How sure is a rank? Replicates under the noise of `params/noise.yml`, intervals, probabilities, margins."""
