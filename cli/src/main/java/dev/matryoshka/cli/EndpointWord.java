package dev.matryoshka.cli;

import dev.matryoshka.cli.serve.Endpoint;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An endpoint on the command line, with its own message when it is none. */
final class EndpointWord implements ITypeConverter<Endpoint> {
    @Override
    public Endpoint convert(String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException notOne) {
            throw new TypeConversionException(notOne.getMessage());
        }
    }
}
