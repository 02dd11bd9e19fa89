using System.Security.Cryptography;
using System.Text;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Forms of every encoding, sent by clicking their button.</summary>
[Collection(FirstLightCollection.Name)]
public sealed class FormTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    private const string Text = "Zeile 1 & ä ö €\nline 2 <b>";

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task UrlencodedForm_ShowsWhatWasTyped(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/forms");

        await tab.FillAsync("#urlencoded [name=name]", "Ada & Bob");
        await tab.FillAsync("#urlencoded [name=text]", Text);
        await tab.ClickAsync("#send-urlencoded");

        await tab.WaitForTextAsync("#type", "application/x-www-form-urlencoded");
        Assert.Equal("Ada & Bob", await tab.TextAsync("return document.querySelector('[data-field=name]').textContent"));
        Assert.Equal(Text, await tab.TextAsync("return document.querySelector('[data-field=text]').textContent.replaceAll('\\r\\n', '\\n')"));
        await tab.WaitForAddressAsync("/forms/result");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task MultipartForm_WithAFile_ArrivesWhole(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/forms");
        const int Length = 2_500_000;

        await tab.RunAsync("""
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(arg).fill(65)], 'Bild ä.bin'));
            document.querySelector('#multipart [name=file]').files = transfer.files;
            """, Length);
        await tab.ClickAsync("#send-multipart");

        await tab.WaitForTextAsync("#type", "multipart/form-data");
        var file = await tab.RunAsync("const f = document.querySelector('[data-file]'); return [f.dataset.file, f.dataset.length, f.textContent]");
        var expected = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(new string('A', Length))));
        Assert.Equal(["Bild ä.bin", $"{Length}", expected], file.EnumerateArray().Select(part => part.GetString()));
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task GetForm_PutsFieldsIntoTheAddress(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/forms");

        await tab.ClickAsync("#send-get");

        await tab.WaitForTextAsync("#q", "a b&c");
        await tab.WaitForAddressAsync("/forms/search?q=a+b%26c");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task PostRedirectGet_EndsAtTheRedirectedPage(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/forms");

        await tab.ClickAsync("#send-see-other");

        await tab.WaitForTextAsync("#name", "prg");
        await tab.WaitForAddressAsync("/forms/done?name=prg");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Login_WithACookie_LastsUntilLogout(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/login");

        await tab.FillAsync("[name=user]", "ada");
        await tab.ClickAsync("#log-in");
        await tab.WaitForTextAsync("#user", "ada");
        await tab.WaitForTextAsync("#theme", "dark");
        await tab.ReloadAsync();
        await tab.WaitForTextAsync("#user", "ada");
        await tab.ClickAsync("#log-out");
        await tab.WaitForTextAsync("#user", "nobody");
    }
}
