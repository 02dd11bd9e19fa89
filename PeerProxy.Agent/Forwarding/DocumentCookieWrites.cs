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
        if (IsFirst(assignment, _byControl, _byRequest))
        {
            cookies.SetFromScript(assignment, request);
        }
    }

    public void ApplyFromControl(string assignment, string path, TargetAddress target)
    {
        if (IsFirst(assignment, _byRequest, _byControl))
        {
            cookies.SetFromScript(assignment, new CookieRequest(target.CookieHost, path));
        }
    }

    private bool IsFirst(string assignment, LinkedList<string> other, LinkedList<string> own)
    {
        lock (_gate)
        {
            if (other.Remove(assignment))
            {
                return false;
            }

            own.AddLast(assignment);
            if (own.Count > MaxRemembered)
            {
                own.RemoveFirst();
            }

            return true;
        }
    }
}
