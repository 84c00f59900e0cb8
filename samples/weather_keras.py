"""Forecasts tomorrow's highest temperature in Seattle from the last 30 days."""

# unroll: data=data/seattle-weather.csv, target=temp_max

import keras
import numpy as np
import pandas as pd
from keras import layers

FEATURES = ["precipitation", "temp_max", "temp_min", "wind"]
DAYS = 30
UNITS = 32


def build_forecaster(units=UNITS):
    model = keras.Sequential(
        [
            keras.Input(shape=(DAYS, len(FEATURES))),
            layers.LSTM(units),
            layers.Dropout(0.1),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    return model


def load_windows(path):
    series = pd.read_csv(path)[FEATURES].to_numpy(dtype="float32")
    split = int(len(series) * 0.8)
    mean, deviation = series[:split].mean(axis=0), series[:split].std(axis=0)
    scaled = (series - mean) / deviation
    windows = np.stack([scaled[day - DAYS : day] for day in range(DAYS, len(scaled))])
    return windows, scaled[DAYS:, FEATURES.index("temp_max")], split - DAYS


if __name__ == "__main__":
    windows, targets, split = load_windows("data/seattle-weather.csv")
    forecaster = build_forecaster()
    forecaster.fit(
        windows[:split],
        targets[:split],
        epochs=5,
        validation_data=(windows[split:], targets[split:]),
    )
