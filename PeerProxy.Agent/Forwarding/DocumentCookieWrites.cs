using PeerProxy.Agent.Cookies;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Applies each write of <c>document.cookie</c> once, though it comes twice and in either order: by a CONTROL message at once, and with the next request.</summary>
/// <remarks>A control message that arrives behind its request must not undo what the target has set since. Thread-safe.</remarks>
/// <param name="cookies">The session's jar.</param>
public sealed class DocumentCookieWrites(CookieJar cookies)
{
    /// <summary>Writes told by one way that the other may still tell: more than a page makes between two requests.</summary>
    private const int MaxRemembered = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<string> _byRequest = [];
    private readonly LinkedList<string> _byControl = [];

    public void ApplyFromRequest(string assignment, in CookieRequest request)
    {
        Apply(assignment, request, _byControl, _byRequest);
    }

    public void ApplyFromControl(string assignment, string path, TargetAddress target)
    {
        Apply(assignment, new CookieRequest(target.CookieHost, path), _byRequest, _byControl);
    }

    private void Apply(string assignment, in CookieRequest request, LinkedList<string> other, LinkedList<string> own)
    {
        // Under the lock to the end: a request that finds its write taken goes on with the jar as it is then.
        lock (_gate)
        {
            if (other.Remove(assignment))
            {
                return;
            }

            own.AddLast(assignment);
            if (own.Count > MaxRemembered)
            {
                own.RemoveFirst();
            }

            cookies.SetFromScript(assignment, request);
        }
    }
}
