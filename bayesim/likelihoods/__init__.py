"""Room: likelihoods."""
