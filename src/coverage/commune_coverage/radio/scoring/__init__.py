"""The model beside what is known: published shares and measurements, simple baselines, scores and corrections."""
