"""The small CNN that this project grew out of: the baseline of every table.

Three blocks of convolution and max pooling, dropout and one dense layer, on 180 x 180 pixels, as in
Keras' tutorial on image classification.
"""

import keras

IMAGE_SIZE = 180
EMBEDDING = 128


def features(image_size: int = IMAGE_SIZE) -> keras.Model:
    """Build the network up to the layer before the classifier, with fresh weights.

    Args:
        image_size: Side of the square input in pixels.

    Returns:
        Pixels (n, image_size, image_size, 3), 0 to 255 → features (n, 128).
    """
    pixels = keras.Input((image_size, image_size, 3), name="pixels")
    x = keras.layers.Rescaling(1 / 255)(pixels)
    for filters in (16, 32, 64):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dropout(0.2)(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(pixels, keras.layers.Dense(EMBEDDING, activation="relu")(x), name="seed_cnn")
