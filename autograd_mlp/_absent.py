"""What Keras has and a library for multilayer perceptrons has not, to say so by name."""

LAYERS = {
    "convolution": """
        Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose Convolution1D
        Convolution2D Convolution3D Convolution1DTranspose Convolution2DTranspose
        Convolution3DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
        SeparableConvolution1D SeparableConvolution2D SpatialDropout2D SpatialDropout3D
        Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
        ZeroPadding2D ZeroPadding3D""",
    "pooling": """
        AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
        MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D
        AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
        AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D GlobalAveragePooling2D
        GlobalAveragePooling3D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPooling2D
        GlobalMaxPooling3D GlobalMaxPool2D GlobalMaxPool3D""",
    "recurrent": """
        RNN SimpleRNN SimpleRNNCell LSTM LSTMCell GRU GRUCell StackedRNNCells ConvLSTM1D ConvLSTM2D
        ConvLSTM3D Bidirectional TimeDistributed Masking CuDNNLSTM CuDNNGRU""",
    "attention": "Attention AdditiveAttention MultiHeadAttention GroupQueryAttention",
    "merging": """
        Add Average Concatenate Dot Maximum Minimum Multiply Subtract""",
    "image": """
        AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix
        Equalization MaxNumBoundingBoxes MixUp RandAugment RandomBrightness RandomColorDegeneration
        RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip
        RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective
        RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
        RandomTranslation RandomWidth RandomZoom Resizing Solarization""",
    "text and category": """
        CategoryEncoding Discretization HashedCrossing Hashing IntegerLookup StringLookup
        TextVectorization ReversibleEmbedding""",
    "audio": "MelSpectrogram STFTSpectrogram",
    "other": """
        EinsumDense GroupNormalization RMSNormalization SpectralNormalization Pipeline Wrapper
        FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper LocallyConnected1D LocallyConnected2D
        DenseFeatures ThresholdedReLU""",
}   # family → names

_INSTEAD = {
    "merging": "models here have one input and one output; add or concatenate tensors in the "
               "call() of a Layer of your own",
    "other": "write a subclass of Layer of your own",
}


def absent_layer(name):
    """Return one sentence that says why there is no such layer, or None for an unknown name.

    Examples
    --------
    >>> absent_layer("LSTM")        # doctest: +ELLIPSIS
    'LSTM is a recurrent layer of Keras, which this library for multilayer ...'
    >>> absent_layer("Dens")
    """
    for family, names in LAYERS.items():
        if name in names.split():
            kind = "layer" if family == "other" else f"{family} layer"
            article = "an" if kind[0] in "aeiou" else "a"
            instead = f": {_INSTEAD[family]}" if family in _INSTEAD else ""
            return (f"{name} is {article} {kind} of Keras, which this library for multilayer "
                    f"perceptrons does not have{instead}.")
    return None
