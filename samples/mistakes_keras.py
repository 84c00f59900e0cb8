"""A mistake people really make in Keras: Unroll underlines it and offers the fix."""

# unroll: data=data/seattle-weather.csv, target=temp_max

import keras
from keras import layers

model = keras.Sequential(name="stacked_forecaster")
model.add(keras.Input(shape=(30, 4)))
model.add(layers.LSTM(32))  # gives only its last step, where the next layer needs every step
model.add(layers.LSTM(16))
model.add(layers.Dense(1))
model.compile(optimizer="adam", loss="mse")
