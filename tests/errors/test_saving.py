"""What is said of files."""

from tests.errors import Situations, pima

situation = Situations()


@situation.as_keras
def a_model_that_is_not_there(k, folder):
    """
    _NoSuchFile: File not found: filepath=FOLDER/pima.keras. Please ensure the file is an accessible `.keras` zip file.
      Where: its directory has no saved models
      Try:   an absolute path; os.getcwd() is where relative ones begin
    """
    k.models.load_model(f"{folder}/pima.keras")


@situation
def a_model_that_is_called_otherwise(k, folder):
    """
    _NoSuchFile: File not found: filepath=FOLDER/pima.keras. Please ensure the file is an accessible `.keras` zip file.
      Where: its directory has diabetes.keras
      Try:   an absolute path; os.getcwd() is where relative ones begin
    """
    pima(k).save(folder / "diabetes.keras")
    k.models.load_model(f"{folder}/pima.keras")


@situation
def an_older_model_that_is_not_there(k, folder):
    """
    FileNotFoundError: [Errno 2] No such file or directory: 'FOLDER/pima.h5'
      Where: its directory has no saved models
      Try:   an absolute path; os.getcwd() is where relative ones begin
    """
    k.models.load_model(f"{folder}/pima.h5")


@situation
def weights_that_are_not_there(k, folder):
    """
    FileNotFoundError: [Errno 2] No such file or directory: 'FOLDER/pima.weights.h5'
      Where: its directory has no saved models
      Try:   an absolute path; os.getcwd() is where relative ones begin
    """
    pima(k).load_weights(f"{folder}/pima.weights.h5")


@situation
def a_model_without_an_ending(k, folder):
    """
    ValueError: Invalid filepath extension for saving. Please add either a `.keras` extension for the native Keras format (recommended) or a `.h5` extension. Received: filepath=FOLDER/pima.
      Why:   The end of the name says the format.
      Try:   model.save("pima.keras"); weights alone: save_weights, as .weights.h5, .npz or
             .safetensors
    """
    pima(k).save(f"{folder}/pima")


@situation.as_keras
def weights_without_their_ending(k, folder):
    """
    ValueError: The filename must end in `.weights.h5`. Received: filepath=FOLDER/pima.h5
      Why:   .npz and .safetensors will do as well: the end of the name says the format.
      Try:   model.save for the whole model
    """
    pima(k).save_weights(f"{folder}/pima.h5")


@situation
def a_file_of_another_kind(k, folder):
    """
    ValueError: File format not supported: filepath=FOLDER/pima.csv. `.keras` files and legacy H5 format files (`.h5` extension) are supported.
      Why:   The end of the name says the format; a directory is one that save(zipped=False) wrote.
    """
    k.models.load_model(f"{folder}/pima.csv")


@situation
def a_file_that_is_no_model(k, folder):
    """
    ValueError: 'FOLDER/pima.keras' cannot be read: it is no .keras file, or a damaged one (File is not a zip file).
    """
    (folder / "pima.keras").write_text("hello")
    k.models.load_model(f"{folder}/pima.keras")


@situation
def a_folder_that_is_not_there(k, folder):
    """
    FileNotFoundError: There is no directory 'FOLDER/models' to save 'pima.keras' in: make it first, for example with os.makedirs.
    """
    pima(k).save(f"{folder}/models/pima.keras")


@situation.as_keras
def saving_before_the_input_is_known(k, folder):
    """
    ValueError: You are saving a model that has not yet been built. Try building the model first by calling it on some data or by using `build()`.
      Where: save_weights of model 'early'
      Why:   How many weights there are follows from the number of inputs.
      Try:   Input((8,)) as first element of the model, or build((None, 8))
    """
    k.Sequential([k.layers.Dense(1)], name="early").save_weights(f"{folder}/w.weights.h5")


@situation.as_keras
def loading_before_the_input_is_known(k, folder):
    """
    ValueError: You are loading weights into a model that has not yet been built. Try building the model first by calling it on some data or by using `build()`.
      Where: load_weights of model 'early'
      Why:   How many weights there are follows from the number of inputs.
      Try:   Input((8,)) as first element of the model, or build((None, 8))
    """
    pima(k).save_weights(f"{folder}/w.weights.h5")
    k.Sequential([k.layers.Dense(1)], name="early").load_weights(f"{folder}/w.weights.h5")


@situation
def weights_of_a_model_with_other_units(k, folder):
    """
    ValueError: A total of 1 objects could not be loaded.
      Where: 'FOLDER/w.weights.h5' does not fit this model, of which nothing was changed:
             - layer 'output' (in the file: layers/dense_1) expects shape (12, 1) for 'kernel', the file has (12, 3).
      Why:   A file of weights fits models that were built in the same way.
      Try:   the same layers in the same order; skip_mismatch=True loads what fits
    """
    pima(k, 3, "softmax").save_weights(f"{folder}/w.weights.h5")
    pima(k).load_weights(f"{folder}/w.weights.h5")


@situation
def weights_of_a_model_with_fewer_layers(k, folder):
    """
    ValueError: A total of 2 objects could not be loaded.
      Where: 'FOLDER/w.weights.h5' does not fit this model, of which nothing was changed:
             - layer 'hidden' (in the file: layers/dense) expects shape (8, 12) for 'kernel', the file has (8, 1).
             - layer 'output' (in the file: layers/dense_1) has 2 variables, the file has 0 for it.
      Why:   A file of weights fits models that were built in the same way.
      Try:   the same layers in the same order; skip_mismatch=True loads what fits
    """
    k.Sequential([k.Input((8,)), k.layers.Dense(1)]).save_weights(f"{folder}/w.weights.h5")
    pima(k).load_weights(f"{folder}/w.weights.h5")


test_message = situation.test()
