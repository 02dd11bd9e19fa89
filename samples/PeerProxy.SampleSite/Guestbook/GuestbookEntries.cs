namespace PeerProxy.SampleSite.Guestbook;

/// <summary>The latest entries, newest first. Older ones are forgotten: it is a demo, and its memory is bounded.</summary>
public sealed class GuestbookEntries
{
    private const int MaxEntries = 100;
    private const int MaxNameLength = 60;
    private const int MaxTextLength = 1000;

    private readonly Lock _gate = new();
    private readonly LinkedList<GuestbookEntry> _entries = new(
    [
        new GuestbookEntry("The keeper", "Welcome. Leave a line if you came by; it is kept until this machine restarts.", DateTimeOffset.UtcNow),
    ]);

    /// <summary>Adds an entry; returns the sentence that says why not, or null.</summary>
    public string? Add(string name, string text)
    {
        name = name.Trim();
        text = text.Trim();
        if (name.Length is 0 or > MaxNameLength)
        {
            return $"A name of 1 to {MaxNameLength} characters is needed.";
        }

        if (text.Length is 0 or > MaxTextLength)
        {
            return $"A message of 1 to {MaxTextLength} characters is needed.";
        }

        lock (_gate)
        {
            _entries.AddFirst(new GuestbookEntry(name, text, DateTimeOffset.UtcNow));
            if (_entries.Count > MaxEntries)
            {
                _entries.RemoveLast();
            }
        }

        return null;
    }

    /// <summary>A copy of the entries.</summary>
    public IReadOnlyList<GuestbookEntry> Latest()
    {
        lock (_gate)
        {
            return [.. _entries];
        }
    }
}

/// <summary>One entry.</summary>
public sealed record GuestbookEntry(string Name, string Text, DateTimeOffset At);
