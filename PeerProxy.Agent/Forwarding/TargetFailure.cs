using System.Net.Sockets;
using System.Security.Authentication;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Why there is no response from the target.</summary>
public enum TargetFailureKind
{
    /// <summary>Nothing listens there.</summary>
    Refused,

    /// <summary>No connection, or no response head, in time.</summary>
    Timeout,

    /// <summary>No TLS session.</summary>
    Tls,

    /// <summary>No TLS session, because the server's certificate is not trusted.</summary>
    Certificate,

    /// <summary>The host name does not resolve.</summary>
    Unresolved,

    /// <summary>It answered with something that is not HTTP, or closed without an answer.</summary>
    Protocol,
}

/// <summary>A failure to get a response, for the visitor (<c>pp-error</c> and a status) and for the person at the agent.</summary>
/// <param name="Message">What happened and the likely cause, in one or two sentences.</param>
public sealed record TargetFailure(TargetFailureKind Kind, string Message)
{
    /// <summary>The value of <c>pp-error</c>.</summary>
    public string Code => Kind switch
    {
        TargetFailureKind.Refused => "target-refused",
        TargetFailureKind.Timeout => "target-timeout",
        TargetFailureKind.Tls or TargetFailureKind.Certificate => "target-tls",
        TargetFailureKind.Unresolved => "target-unresolved",
        _ => "target-protocol",
    };

    public int Status => Kind == TargetFailureKind.Timeout ? 504 : 502;

    public static TargetFailure From(Exception exception, TargetAddress target)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case AuthenticationException:
                    return FromTls(inner, target);
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return new TargetFailure(TargetFailureKind.Unresolved, $"The name {target.Origin.Host} cannot be resolved.");
                case SocketException { SocketErrorCode: SocketError.TimedOut }:
                case TimeoutException:
                    return new TargetFailure(TargetFailureKind.Timeout, $"{target} did not answer in time.");
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable }:
                    return new TargetFailure(TargetFailureKind.Refused, $"Nothing listens on {target}. Is the web server running?");
                case SocketException socket when exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }:
                    return new TargetFailure(TargetFailureKind.Refused, $"{target} cannot be reached: {socket.Message}");
            }
        }

        return exception is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
            ? new TargetFailure(TargetFailureKind.Tls, NoTls(target))
            : new TargetFailure(TargetFailureKind.Protocol, DescribeProtocol(exception, target));
    }

    /// <summary>The runtime names the flaws of a certificate in its message, and only there.</summary>
    private static TargetFailure FromTls(Exception exception, TargetAddress target)
    {
        var text = exception.Message;
        if (!text.Contains("certificate", StringComparison.OrdinalIgnoreCase))
        {
            return new TargetFailure(TargetFailureKind.Tls, NoTls(target));
        }

        List<string> flaws = [];
        if (text.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal))
        {
            flaws.Add($"it is not for the name {target.Origin.Host}");
        }

        if (text.Contains("RemoteCertificateChainErrors", StringComparison.Ordinal))
        {
            flaws.Add(text.Contains("NotTimeValid", StringComparison.Ordinal) ? "it has expired or is not valid yet" : "nobody this machine trusts has signed it");
        }

        var why = flaws.Count == 0 ? "" : $": {string.Join(", and ", flaws)}";
        return new TargetFailure(
            TargetFailureKind.Certificate, $"The certificate of {target} is not trusted{why}. If it is your own server with a self-signed certificate, share it with --insecure.");
    }

    private static string NoTls(TargetAddress target) => $"{target} does not speak TLS. Is it an http:// server?";

    private static string DescribeProtocol(Exception exception, TargetAddress target) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => $"{target} answered with more header fields than can be forwarded.",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or { InnerException: IOException } or SocketException when !target.IsHttps =>
            $"{target} closed the connection without an answer. A server that speaks https needs https:// in the target.",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or SocketException => $"{target} closed the connection without an answer.",
        _ => $"{target} answered with something that is not HTTP.",
    };
}
