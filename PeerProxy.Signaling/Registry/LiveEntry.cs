using System.Globalization;

namespace PeerProxy.Signaling.Registry;

/// <summary>Where an id leads, as the registry stores it: route, connection, epoch and time, separated by spaces.</summary>
internal readonly record struct LiveEntry(string Route, string Connection, long Epoch, long RegisteredAt)
{
    public static LiveEntry Of(PeerRegistration registration) =>
        new(registration.Route, registration.Connection, registration.Epoch, registration.RegisteredAt);

    /// <summary>False for a value this version did not write.</summary>
    public static bool TryParse(string? text, out LiveEntry entry)
    {
        entry = default;
        var parts = text?.Split(' ');
        if (parts is not { Length: >= 4 }
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            || !long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var registeredAt))
        {
            return false;
        }
        entry = new LiveEntry(parts[0], parts[1], epoch, registeredAt);
        return true;
    }

    /// <summary>Whether this entry stays when the other, known to its node for a while already, is put back after an outage.</summary>
    public bool Outranks(LiveEntry other) =>
        Epoch > other.Epoch || (Epoch == other.Epoch && Route != other.Route && RegisteredAt > other.RegisteredAt);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Route} {Connection} {Epoch} {RegisteredAt}");
}
