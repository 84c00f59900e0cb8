/** The rule fires where the test certainly leaks into training, and is quiet where the program splits first. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('leaky-split');

const program = (body: string): string => `import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler, LabelEncoder
from sklearn.model_selection import train_test_split
scaler = MinMaxScaler(feature_range=(0, 1))
${body}
`;
const windows =
  'X, y = [], []\nfor i in range(len(data) - 30):\n    X.append(data[i:i + 30])\n    y.append(data[i + 30])\n';

describe('fires', () => {
  it('on the fit of the scaler', () => {
    checkFindings(
      program(`scaled = scaler.fit_transform(data)
#        ^^^^^^^^^^^^^^^^^^^^^^^^^^ leaky-split
train, test = scaled[:800], scaled[800:]`),
    );
  });

  it.each([
    ['a frame', "df[['close']] = scaler.fit_transform(df[['close']])\ntrain = df.iloc[:n]\ntest = df.iloc[n:]"],
    [
      'columns of an array',
      'scaled = scaler.fit_transform(values[:, 1:2])\nx_train, x_test = train_test_split(scaled, shuffle=False)',
    ],
    [
      'fit and transform apart',
      'scaler.fit(data)\nscaled = scaler.transform(data)\ntrain_x, val_x = scaled[0:n], scaled[n:]',
    ],
    [
      'windows made of it',
      'data = scaler.fit_transform(data)\nxs = []\nfor i in range(9):\n    xs.append(data[i:i + 3])\nxs = np.array(xs)\ntrain = xs[:5]\ntest = xs[5:]',
    ],
  ])('on %s', (_, body) => checkNoFix(program(body)));

  it('in a function', () => {
    checkNoFix(
      program(
        'def load(data):\n    data = scaler.fit_transform(data)\n    n = len(data)\n    X_train, X_test = data[:n], data[n:]\n    return X_train, X_test',
      ),
    );
  });

  it('on windows that are shuffled', () => {
    checkFindings(
      program(`${windows}X_train, X_test, y_train, y_test = train_test_split(np.array(X), np.array(y), test_size=0.2)
#                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ leaky-split`),
    );
  });

  it('on windows of a function', () => {
    checkNoFix(
      program(`def windows_of(data, n):
    xs = []
    for i in range(n, len(data)):
        window = data[i - n:i, 0]
        xs.append(window)
    return np.array(xs)
X = windows_of(data, 30)
a, b = train_test_split(X, stratify=labels)`),
    );
  });
});

describe('does not fire', () => {
  it.each([
    [
      'where the scaler is fitted on training data',
      'train = scaler.fit_transform(train)\ntest = scaler.transform(test)',
    ],
    [
      'where it is fitted on the first rows',
      'scaler.fit(data[:800])\nscaled = scaler.transform(data)\ntrain, test = scaled[:800], scaled[800:]',
    ],
    [
      'where data are split first',
      'x_train, x_test = train_test_split(data, shuffle=False)\nx_train = scaler.fit_transform(x_train)',
    ],
    ['where nothing is split', 'scaled = scaler.fit_transform(data)\nmodel.fit(scaled, scaled)'],
    ['on an encoder of labels', 'y = LabelEncoder().fit_transform(y)\ny_train, y_test = train_test_split(y)'],
    ['on other data of the split', 'scaled = scaler.fit_transform(other)\ntrain, test = data[:800], data[800:]'],
    [
      'where the scaled data are replaced',
      'data = scaler.fit_transform(data)\ndata = load()\ntrain, test = data[:8], data[8:]',
    ],
    ['on features and targets of the same rows', 'd = scaler.fit_transform(d)\nX_train = d[:, :3]\ny_test = d[:, 3:]'],
    ['on windows in order', `${windows}a, b = train_test_split(X, shuffle=False)`],
    [
      'on windows side by side',
      'X = []\nfor i in range(0, 90, 30):\n    X.append(data[i:i + 30])\na, b = train_test_split(X)',
    ],
    ['on independent sequences', 'X = []\nfor i in range(9):\n    X.append(texts[i])\na, b = train_test_split(X)'],
    [
      'on beginnings of sentences',
      'X = []\nfor i in range(9):\n    X.append(tokens[:i + 1])\na, b = train_test_split(X)',
    ],
  ])('%s', (_, body) => checkFindings(program(body)));
});

describe('fixes', () => {
  it('the shuffling', () => {
    checkFix(
      program(`${windows}a, b, c, d = train_test_split(X, y, test_size=0.2)`),
      program(`${windows}a, b, c, d = train_test_split(X, y, test_size=0.2, shuffle=False)`),
    );
  });
});
