using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace PeerProxy.SampleSite.Members;

/// <summary>Who is signed in: an unguessable token in an HttpOnly cookie, the name at the server.</summary>
public sealed class MemberSessions
{
    /// <summary>Sessions kept at once; when there are more, everybody signs in again.</summary>
    private const int MaxSessions = 1000;

    private readonly ConcurrentDictionary<string, string> _names = new();

    /// <summary>Starts a session and returns its token.</summary>
    public string Start(string name)
    {
        if (_names.Count >= MaxSessions)
        {
            _names.Clear();
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _names[token] = name;
        return token;
    }

    /// <summary>The member's name, or null.</summary>
    public string? Find(string? token) => token is null ? null : _names.GetValueOrDefault(token);

    /// <summary>Ends a session.</summary>
    public void End(string? token)
    {
        if (token is not null)
        {
            _names.TryRemove(token, out _);
        }
    }
}
