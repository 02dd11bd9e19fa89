using System.Text;
using PeerProxy.Agent.Cookies;
using PeerProxy.Agent.Forwarding;

namespace PeerProxy.Tests.Unit.Agent;

public sealed class DocumentCookieWritesTests
{
    private static readonly TargetAddress _target = TargetAddress.TryParse("127.0.0.1:3000", out var target, out _) ? target : throw new InvalidOperationException();

    private static readonly CookieRequest _request = new("127.0.0.1", "/");

    private readonly CookieJar _jar = new(TimeProvider.System);

    [Fact]
    public void Control_BeforeTheRequest_IsAppliedAtOnce()
    {
        var writes = new DocumentCookieWrites(_jar);
        writes.ApplyFromControl("a=1; path=/", "/", _target);
        Assert.Equal("a=1", _jar.GetHeader(_request));
    }

    [Fact]
    public void Control_BehindItsRequest_DoesNotUndoWhatTheTargetSetSince()
    {
        var writes = new DocumentCookieWrites(_jar);
        writes.ApplyFromRequest("a=script; path=/", _request);
        _jar.SetFromTarget("a=target; Path=/", _request);
        writes.ApplyFromControl("a=script; path=/", "/", _target);
        Assert.Equal("a=target", _jar.GetHeader(_request));
    }

    [Fact]
    public void Request_BehindItsControl_DoesNotUndoWhatTheTargetSetSince()
    {
        var writes = new DocumentCookieWrites(_jar);
        writes.ApplyFromControl("a=script; path=/", "/", _target);
        _jar.SetFromTarget("a=target; Path=/", _request);
        writes.ApplyFromRequest("a=script; path=/", _request);
        Assert.Equal("a=target", _jar.GetHeader(_request));
    }

    [Fact]
    public void SameWrite_MadeAgain_IsAppliedAgain()
    {
        var writes = new DocumentCookieWrites(_jar);
        writes.ApplyFromRequest("a=1; path=/", _request);
        writes.ApplyFromControl("a=1; path=/", "/", _target);
        writes.ApplyFromControl("a=; path=/; max-age=0", "/", _target);
        writes.ApplyFromRequest("a=; path=/; max-age=0", _request);
        writes.ApplyFromRequest("a=1; path=/", _request);
        Assert.Equal("a=1", _jar.GetHeader(_request));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"type\":7}")]
    public void ControlMessage_ThatMakesNoSense_IsRefused(string json) => Assert.False(ControlMessage.TryRead(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public void ControlMessage_WithAddress_GivesItsPath()
    {
        Assert.True(ControlMessage.TryRead("""{"type":"document-cookie","cookie":"a=1","url":"http://x.test/deep/page?x"}"""u8, out var message));
        Assert.Equal(new ControlMessage("document-cookie", "a=1", "/deep/page"), message);
    }

    [Theory]
    [InlineData("3000", "http://localhost:3000 http://127.0.0.1:3000 http://[::1]:3000")]
    [InlineData("https://127.0.0.1:8443", "https://127.0.0.1:8443 https://localhost:8443 https://[::1]:8443")]
    [InlineData("http://nas.home", "http://nas.home")]
    [InlineData("unix:/run/web.sock", "")]
    public void PageOrigins_NameTheTargetAsItsPagesMay(string typed, string origins)
    {
        Assert.True(TargetAddress.TryParse(typed, out var target, out _));
        Assert.Equal(origins, target.PageOrigins);
    }
}
