using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>A request head as it came from the visitor: pseudo-fields and our own fields taken out, the rest in order.</summary>
public sealed class RequestHead
{
    private RequestHead()
    {
    }

    public string Method { get; private set; } = "";

    /// <summary>Path and query, as the browser wrote them.</summary>
    public string Path { get; private set; } = "";

    public string Authority { get; private set; } = "";

    public string Scheme { get; private set; } = "";

    /// <summary>What is left for the target.</summary>
    public List<Field> Fields { get; } = [];

    public string? Destination { get; private set; }

    public string? Mode { get; private set; }

    public string? Credentials { get; private set; }

    public string? Referrer { get; private set; }

    public string? Client { get; private set; }

    public string? UserAgent { get; private set; }

    /// <summary>Cookies written by scripts since the last request, in order.</summary>
    public List<string> DocumentCookies { get; } = [];

    /// <summary>0 (most urgent) to 7; 3 when not given.</summary>
    public int Urgency { get; private set; } = 3;

    public long? ContentLength { get; private set; }

    public bool HasRange { get; private set; }

    public string VisitorOrigin => $"{Scheme}://{Authority}";

    public bool IsNavigation => Mode == "navigate";

    public bool IsHead => Method == "HEAD";

    public bool IsSafeMethod => Method is "GET" or "HEAD" or "OPTIONS" or "TRACE";

    /// <summary>The path without query, for cookies.</summary>
    public string PathOnly => Path.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? Path[..query] : Path;

    /// <summary>Takes a decoded head apart.</summary>
    /// <param name="problem">Which rule it breaks; empty on success.</param>
    public static bool TryRead(List<Field> fields, out RequestHead head, out string problem)
    {
        head = new RequestHead();
        problem = "";
        var inPseudoFields = true;
        foreach (var field in fields)
        {
            if (field.Name.StartsWith(':'))
            {
                if (!inPseudoFields || !head.TrySetPseudoField(field))
                {
                    problem = $"The pseudo-field '{field.Name}' is unknown, repeated or out of place.";
                    return false;
                }

                continue;
            }

            inPseudoFields = false;
            if (!head.TrySetField(field))
            {
                problem = $"The field '{field.Name}' has an unusable value.";
                return false;
            }
        }

        problem = !IsToken(head.Method) ? "The method is missing or no token."
            : !IsPath(head.Path) ? "The path is missing or has characters that cannot stand in one."
            : !IsAuthority(head.Authority) ? "The authority is missing or malformed."
            : head.Scheme is not ("http" or "https") ? "The scheme is neither http nor https."
            : "";
        return problem.Length == 0;
    }

    /// <summary>WS_OPEN does not say what it is in fields.</summary>
    public void TreatAsWebSocket() => (Mode, Destination) = ("websocket", "websocket");

    private bool TrySetPseudoField(Field field)
    {
        var previous = field.Name switch { ":method" => Method, ":path" => Path, ":authority" => Authority, ":scheme" => Scheme, _ => null };
        if (previous is not "")
        {
            return false;
        }

        switch (field.Name)
        {
            case ":method":
                Method = field.Value;
                break;
            case ":path":
                Path = field.Value;
                break;
            case ":authority":
                Authority = field.Value;
                break;
            default:
                Scheme = field.Value;
                break;
        }

        return true;
    }

    private bool TrySetField(Field field)
    {
        switch (field.Name)
        {
            case "pp-destination":
                Destination = field.Value;
                return true;
            case "pp-mode":
                Mode = field.Value;
                return true;
            case "pp-credentials":
                Credentials = field.Value;
                return true;
            case "pp-referrer":
                Referrer = field.Value;
                return true;
            case "pp-client":
                Client = field.Value;
                return true;
            case "pp-user-agent":
                UserAgent = field.Value;
                return true;
            case "pp-document-cookie":
                DocumentCookies.Add(field.Value);
                return true;
            case "content-length":
                // Two that differ, or one that is no number, is a request that two servers could read in two ways.
                if (field.Value.Length is 0 or > 18 || !field.Value.All(char.IsAsciiDigit) || (ContentLength is { } known && known != long.Parse(field.Value)))
                {
                    return false;
                }

                ContentLength = long.Parse(field.Value);
                return true;
            case "priority":
                // It is for the tunnel: browsers send it to no HTTP/1.1 server.
                Urgency = UrgencyOf(field.Value);
                return true;
            case "range":
                HasRange = true;
                Fields.Add(field);
                return true;
            default:
                if (!field.Name.StartsWith("pp-", StringComparison.Ordinal))
                {
                    Fields.Add(field);
                }

                return true;
        }
    }

    /// <summary>The <c>u</c> parameter of RFC 9218 section 4.1.</summary>
    private static int UrgencyOf(string priority)
    {
        var at = priority.IndexOf("u=", StringComparison.Ordinal);
        return at >= 0 && at + 2 < priority.Length && priority[at + 2] is >= '0' and <= '7' ? priority[at + 2] - '0' : 3;
    }

    private static bool IsToken(string text) => text.Length > 0 && FieldSection.IsValid(new Field(text.ToLowerInvariant(), "")) && text[0] != ':';

    /// <summary>No spaces or control characters: they would end the request line early.</summary>
    private static bool IsPath(string text) => text.StartsWith('/') && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains('#', StringComparison.Ordinal);

    private static bool IsAuthority(string text) => text.Length is > 0 and <= 300 && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && text.AsSpan().IndexOfAny("/?#@\\") < 0;
}
