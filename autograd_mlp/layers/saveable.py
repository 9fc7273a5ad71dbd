"""What of a layer goes into files: its own variables."""


class SaveableVariables:
    """The part of `Layer` that saving and loading call; a layer of your own may redefine it."""

    def save_own_variables(self, store):
        """Put the values of the layer's own variables into a dict.

        Those of layers in it are not part of it. The keys are ``"0"``, ``"1"``, ...: first the
        trainable variables, in the order in which they were made, then the others.
        """
        for i, variable in enumerate([*self._trainable_variables,
                                      *self._non_trainable_variables]):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Set the layer's own variables from what `save_own_variables` put into a dict.

        Raises
        ------
        ValueError
            If their number or a shape differs; nothing is changed then.
        """
        variables = [*self._trainable_variables, *self._non_trainable_variables]
        if len(store) != len(variables):
            raise ValueError(f"Layer '{self.name}' has {len(variables)} variables, got "
                             f"{len(store)} values for them.")
        for i, variable in enumerate(variables):
            if tuple(store[str(i)].shape) != variable.shape:
                raise ValueError(f"Layer '{self.name}': '{variable.name}' has shape "
                                 f"{variable.shape}, got values of {store[str(i)].shape}.")
        for i, variable in enumerate(variables):
            variable.assign(store[str(i)])
